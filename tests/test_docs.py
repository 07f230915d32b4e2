"""What the code says of the documentation can be found there."""

from __future__ import annotations

import re

from docs.keys import key_table, with_table
from tests.support.paths import ROOT

SECTIONS = tuple(re.findall(r"^## (.+)$", (ROOT / "docs/replicate.md").read_text("utf-8"), re.MULTILINE))
SOURCES = sorted(path for room in ("tui", "bench") for path in (ROOT / room).rglob("*.py"))


def test_every_fact_that_the_code_cites_is_in_the_documentation() -> None:
    cited = 0
    for path in SOURCES:
        text = re.sub(r"\n\s*(?:# )?", " ", path.read_text("utf-8"))
        for found in re.finditer(r"docs/replicate\.md, (.{40})", text):
            cited += 1
            assert found[1].startswith(SECTIONS), f"{path.relative_to(ROOT)} cites {found[1]!r}"
    assert cited > 60


def test_the_code_cites_nothing_that_is_not_in_the_repository() -> None:
    elsewhere = re.compile(r"FACTS §|OPERATIONS\.md|COG\.md|PAINS\.md|PEERS\.md|SCREENS\.md|DESIGN\.md")
    assert [str(path) for path in SOURCES if elsewhere.search(path.read_text("utf-8"))] == []


def test_the_readmes_keys_are_those_of_the_commands() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "`ctrl+r` Run" in key_table()
    assert with_table(readme) == readme, "make keys writes the table anew"
