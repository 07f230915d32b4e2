"""What a release needs beside the package: a check of its names, its notes, a Homebrew formula and a Containerfile.

python release/prepare.py check --tag v0.1.0 --repository https://…
python release/prepare.py make --sdist dist/replicate_tui-0.1.0.tar.gz --into build
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = "3.13"


def version() -> str:
    """The version of this checkout."""
    found = re.search(r'__version__ = "([^"]+)"', (ROOT / "tui" / "__init__.py").read_text("utf-8"))
    if found is None:
        raise SystemExit("tui/__init__.py has no __version__")
    return found[1]


def repository() -> str:
    """The address that pyproject.toml says the source is at."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["urls"]["Repository"])


def notes(text: str, of: str) -> str:
    """The section of a version in the changelog. Raises ValueError where there is none with a date."""
    found = re.search(rf"^## \[{re.escape(of)}\] - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## \[|\Z)", text, re.M | re.S)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section '## [{of}] - YYYY-MM-DD'")
    return found[1].strip() + "\n"


def mistakes(tag: str, where: str) -> list[str]:
    """What speaks against this release."""
    found: list[str] = []
    if tag != f"v{version()}":
        found.append(f"The tag is {tag}, the package is {version()}.")
    if where.rstrip("/") != repository():
        found.append(f"pyproject.toml says that the repository is {repository()}, this is {where}.")
    try:
        notes((ROOT / "CHANGELOG.md").read_text("utf-8"), version())
    except ValueError as error:
        found.append(f"{error}.")
    return found


def requirements() -> str:
    """All that the base needs, each with its hashes, for any platform."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [*command, "--python-version", PYTHON, str(ROOT / "pyproject.toml")],
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def formula(sdist: Path, locked: str) -> str:
    """The Homebrew formula of a tap: the locked packages with their hashes, then this one without asking further."""
    digest = hashlib.sha256(sdist.read_bytes()).hexdigest()
    lines = "\n".join(f"      {line}" if line else "" for line in locked.strip().splitlines())
    return f"""\
# made by release/prepare.py
class ReplicateTui < Formula
  desc "Console for Replicate in a terminal"
  homepage "{repository()}"
  url "{repository()}/releases/download/v{version()}/{sdist.name}"
  sha256 "{digest}"
  license "MIT"

  depends_on "python@{PYTHON}"

  def install
    (buildpath/"locked.txt").write <<~REQUIREMENTS
{lines}
    REQUIREMENTS
    pip = [libexec/"bin/python", "-m", "pip", "--disable-pip-version-check", "install"]
    system "python{PYTHON}", "-m", "venv", "--upgrade-deps", libexec
    system(*pip, "--require-hashes", "--only-binary=:all:", "-r", buildpath/"locked.txt")
    system(*pip, "--no-deps", buildpath)
    bin.install_symlink libexec/"bin/replicate-tui"
    man1.install_symlink libexec/"share/man/man1/replicate-tui.1"
    generate_completions_from_executable(bin/"replicate-tui", "completion")
  end

  def caveats
    <<~WORDS
      The sandbox is an extra: `#{{libexec}}/bin/python -m pip install 'replicate-tui[sandbox]'`
    WORDS
  end

  test do
    assert_match version.to_s, shell_output("#{{bin}}/replicate-tui --version")
  end
end
"""


def containerfile() -> str:
    """An image in which the console and the sandbox run: nobody's root, with one volume for what is kept."""
    return f"""\
# made by release/prepare.py
FROM docker.io/library/python:{PYTHON}-slim
RUN pip install --no-cache-dir 'replicate-tui[sandbox,tls]=={version()}' \\
    && useradd --create-home --uid 1000 replicate
USER replicate
ENV REPLICATE_TUI_HOME=/home/replicate/kept TERM=xterm-256color COLORTERM=truecolor
RUN mkdir /home/replicate/kept
VOLUME /home/replicate/kept
WORKDIR /home/replicate
ENTRYPOINT ["replicate-tui"]
"""


def main() -> int:
    """Check, or make."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(dest="what", required=True)
    check = what.add_parser("check")
    check.add_argument("--tag", required=True)
    check.add_argument("--repository", required=True)
    make = what.add_parser("make")
    make.add_argument("--sdist", type=Path, required=True)
    make.add_argument("--into", type=Path, required=True)
    given = parser.parse_args()
    if given.what == "check":
        found = mistakes(given.tag, given.repository)
        print("\n".join(found) or "Nothing speaks against this release.")
        return 1 if found else 0
    given.into.mkdir(parents=True, exist_ok=True)
    (given.into / "replicate-tui.rb").write_text(formula(given.sdist, requirements()), "utf-8")
    (given.into / "Containerfile").write_text(containerfile(), "utf-8")
    (given.into / "notes.md").write_text(notes((ROOT / "CHANGELOG.md").read_text("utf-8"), version()), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
