"""The pages that are made from the code are as the code is, and what the documentation tells to type can be typed."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from docs.reference import PAGES
from docs.site_pages import tour
from tests.support.paths import ROOT
from tui.cli.grammar import COMMANDS, Usage, parse
from tui.settings.config_schema import described

GUIDE = ROOT / "tui/sandbox/models/guide/docs"
SKILL = ROOT / "skills/replicate-tui/SKILL.md"
TOLD = [
    path
    for path in (ROOT / "README.md", SKILL, *sorted(ROOT.glob("docs/*.md")), *sorted(GUIDE.glob("*.md")))
    if path.name != "command-line.md"  # that one is made from the grammar
]
PLACEHOLDERS = {"URL": "https://example.org/hook", "COMMAND": "models"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_pages_made_from_the_code_are_as_it_is(path) -> None:
    assert path.read_text("utf-8") == PAGES[path](), "make reference writes them anew"


def test_every_command_and_every_setting_is_on_its_page() -> None:
    commands = (ROOT / "docs/command-line.md").read_text("utf-8")
    assert [name for name in COMMANDS if f"\n## {name}\n" not in commands] == []
    settings = (ROOT / "docs/settings.md").read_text("utf-8")
    assert [path for path, _ in described() if f"| `{path}` |" not in settings] == []


def test_every_command_is_in_the_help_of_the_whole() -> None:
    from tui.cli.help import HELP

    words = set(re.findall(r"[a-z]+", HELP))
    assert [name for name in COMMANDS if not set(name.split()) <= words] == []


@pytest.mark.skipif(shutil.which("groff") is None, reason="needs groff")
def test_the_man_page_is_set_without_a_warning() -> None:
    page = str(ROOT / "docs/replicate-tui.1")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def commands_in(text: str) -> list[list[str]]:
    """The words of each command line of ours in the fences of a page, and in the code within its lines."""
    fences = re.findall(r"^```(?:sh|bash|text|)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in fences for line in re.sub(r"\\\n\s*", " ", block).splitlines()]
    lines += re.findall(r"`(replicate-tui [^`]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    lines += re.findall(r"\$\((replicate-tui [^)]*)\)", "\n".join(lines))
    found: list[list[str]] = []
    for line in lines:
        if line.strip().startswith(("usage", "#")) or " ..." in line or "…" in line or "[" in line:
            continue  # a form of a command, not one to type
        lexer = shlex.shlex(line.replace("$(", " ( "), posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        try:
            tokens = list(lexer)
        except ValueError:
            continue  # a text over several lines
        while "replicate-tui" in tokens:
            tokens = tokens[tokens.index("replicate-tui") + 1 :]
            end = next((n for n, token in enumerate(tokens) if set(token) <= set("();<>|&")), len(tokens))
            # The 2 of 2>file.
            words = tokens[: end - 1] if tokens[end - 1 : end + 1] == ["2", ">"] else tokens[:end]
            found.append([PLACEHOLDERS.get(word, word) for word in words])
    return found


def test_every_command_line_in_the_documentation_is_one() -> None:
    wrong: list[str] = []
    seen = 0
    for path in TOLD:
        for words in commands_in(path.read_text("utf-8")):
            seen += 1
            try:
                parse(words)
            except Usage as usage:
                if usage.code:
                    wrong.append(f"{path.name}: {' '.join(words)}: {usage.text}")
    assert wrong == []
    assert seen > 60


def test_the_navigation_of_the_site_names_every_page() -> None:
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")
    missing = [f"guide/{path.name}" for path in GUIDE.glob("*.md") if f": guide/{path.name}" not in nav]
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    missing += [page for page in pages if f": {page}\n" not in nav]
    assert missing == []


def test_the_links_of_the_readme_hold_on_the_site() -> None:
    found = re.findall(r"\]\((?!https?:)([^)#]+)", tour((ROOT / "README.md").read_text("utf-8")))
    assert len(found) > 8
    for link in found:
        assert (ROOT / "docs" / link).exists() or (ROOT / link).exists() or (link == "skill.md" and SKILL.exists()), (
            link
        )


def test_the_skill_for_agents_has_the_head_that_they_look_for_and_costs_nothing_unasked() -> None:
    text = SKILL.read_text("utf-8")
    head = yaml.safe_load(text.split("---")[1])
    assert head["name"] == SKILL.parent.name and 40 < len(head["description"]) < 1024
    found = commands_in(text)
    assert len(found) >= 14
    # What costs is shown after the same line that costs nothing.
    batches = [words for words in found if words[0] == "batch"]
    assert "--dry-run" in batches[0] and "--yes" in batches[1]
