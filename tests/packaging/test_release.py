"""What is published, and what stands beside it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from email.parser import HeaderParser
from pathlib import Path

import pytest
import yaml

from release.prepare import containerfile, formula, mistakes, notes, repository, version
from tests.support.paths import ROOT

BIN = Path(sys.executable).parent
UNTIL = "\n## [0.2.0] - 2026-12-01\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-11-01\n\n- The first.\n"
long = [pytest.mark.long, pytest.mark.timeout(300)]


def test_the_notes_of_a_release_are_its_section_of_the_changelog() -> None:
    assert notes(UNTIL, "0.2.0") == "### Added\n\n- A thing.\n"
    assert notes(UNTIL, "0.1.0") == "- The first.\n"
    with pytest.raises(ValueError, match=r"0\.3\.0"):
        notes(UNTIL, "0.3.0")


def test_a_tag_or_a_repository_that_is_another_one_stops_the_release() -> None:
    found = mistakes("v9.9.9", "https://example.org/elsewhere/fork")
    assert any("v9.9.9" in one for one in found) and any("example.org" in one for one in found)
    assert not [one for one in mistakes(f"v{version()}", repository()) if "tag" in one or "repository" in one]


def test_the_formula_names_the_archive_by_its_digest_and_the_packages_by_theirs(tmp_path: Path) -> None:
    sdist = tmp_path / "replicate_tui-0.1.0.tar.gz"
    sdist.write_bytes(b"x")
    made = formula(sdist, "textual==8.2.8 \\\n    --hash=sha256:abc\n")
    assert 'sha256 "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"' in made
    assert "textual==8.2.8 \\\n" in made and "--require-hashes" in made
    assert f"replicate-tui[sandbox,tls]=={version()}" in containerfile()
    assert "USER replicate" in containerfile()


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda path: path.name)
def test_the_files_for_the_forge_are_yaml_and_no_workflow_may_more_than_it_needs(path: Path) -> None:
    found = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(found, dict)
    if path.parent.name == "workflows":
        assert found["permissions"] == {"contents": "read"}


def test_the_changelog_keeps_the_form_that_the_release_reads() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## .*$", text, re.MULTILINE)
    assert headings[0] == "## [Unreleased]"
    assert all(re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", one) for one in headings[1:])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([str(BIN / "uv"), "build", "--quiet", "--out-dir", str(folder), str(ROOT)], check=True)
    return folder


PLATFORMS = [
    ("x86_64-unknown-linux-musl", False),
    ("aarch64-unknown-linux-musl", False),
    ("x86_64-apple-darwin", False),
    ("aarch64-apple-darwin", True),
    ("x86_64-unknown-linux-gnu", True),
    ("aarch64-unknown-linux-gnu", True),
]
"""The platforms that the console installs on, and whether the sandbox does."""


def resolved(platform: str, sandbox: bool, python: str) -> str:
    """What is wrong with the packages of a platform and a Python, of which each must have a wheel there; or ""."""
    command = [str(BIN / "uv"), "pip", "compile", "--quiet", "--only-binary", ":all:", "--no-header"]
    command += ["--python-platform", platform, "--python-version", python, *(["--extra", "sandbox"] if sandbox else [])]
    done = subprocess.run(
        [*command, str(ROOT / "pyproject.toml")],
        # Without it uv looks for that Python on the network, although none is needed to resolve.
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=False,
    )
    good = done.returncode == 0 and ("coglet==" in done.stdout) is sandbox and "textual==8.2.8" in done.stdout
    return "" if good else f"{platform}, {python}: {done.stderr}"


class TestBuilt:
    pytestmark = long

    def test_what_is_published_is_as_the_index_wants_it(self, built: Path) -> None:
        files = sorted(map(str, built.glob("replicate_tui*")))
        assert len(files) == 2
        done = subprocess.run(
            [str(BIN / "twine"), "check", "--strict", *files], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_the_pictures_and_links_of_the_description_are_whole_addresses(self, built: Path) -> None:
        (wheel,) = built.glob("*.whl")
        archive = zipfile.ZipFile(wheel)
        (name,) = [one for one in archive.namelist() if one.endswith("METADATA")]
        told = HeaderParser().parsestr(archive.read(name).decode())
        links = re.findall(r"\]\(([^)]+)\)", told.get_payload())
        assert len([one for one in links if one.endswith(".svg")]) >= 8
        assert [one for one in links if not one.startswith("https://")] == []
        assert "<!--" not in told.get_payload()
        needed = " ".join(told.get_all("Requires-Dist") or ())
        base = [one for one in (told.get_all("Requires-Dist") or ()) if "extra ==" not in one]
        assert "coglet" in needed and not [one for one in base if re.match("cog|starlette|uvicorn", one)]
        assert "tui/py.typed" in archive.namelist()
        assert [one for one in archive.namelist() if one.endswith("share/man/man1/replicate-tui.1")]

    def test_the_source_archive_has_what_builds_and_tests_it(self, built: Path) -> None:
        (sdist,) = built.glob("*.tar.gz")
        with tarfile.open(sdist) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        assert {"pyproject.toml", "SECURITY.md", "mkdocs.yml", "docs/replicate-tui.1", "styles/theme.tcss"} <= names

    def test_every_package_has_a_wheel_on_each_platform(self) -> None:
        """Resolved, not installed: no machine has them all. The network is waited for at once for all."""
        with ThreadPoolExecutor(6) as pool:
            cases = [(platform, sandbox, python) for platform, sandbox in PLATFORMS for python in ("3.11", "3.14")]
            wrong = [words for words in pool.map(lambda case: resolved(*case), cases) if words]
        assert wrong == []

    def test_the_documentation_is_built_without_a_warning(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [str(BIN / "mkdocs"), "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert (tmp_path / "site" / "guide" / "cancel" / "index.html").exists()
        assert "screenshots/run.svg" in (tmp_path / "site" / "index.html").read_text("utf-8")
