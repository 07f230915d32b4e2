"""What one does with an answer and a conversation, by slash commands in a real terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.terminal.conftest import Open

pytestmark = pytest.mark.timeout(240)


def _slash(t: Terminal, words: str) -> None:
    t.until("Ask guide · / for commands", 30)
    t.type(words)
    t.until(words)
    t.press("enter")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_an_answer_is_read_in_the_pager_and_its_conversation_exported_forked_renamed_and_deleted(
    console: Open, size: tuple[int, int], tmp_path: Path
) -> None:
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncp "$1" {tmp_path}/part && mv {tmp_path}/part {tmp_path}/read.md\n')
    pager.chmod(0o755)
    with console("--sandbox", "chat", "sandbox/guide", size=size, env={"PAGER": str(pager)}, timeout=60) as t:
        _slash(t, "How do I remap a key in the config file?")
        t.until("billed", 60)
        _slash(t, "/pager")
        t.wait((tmp_path / "read.md").exists, "the pager ran")
        assert "keymap" in (tmp_path / "read.md").read_text()
        _slash(t, "/code")
        t.until("There is no code under the cursor.")
        _slash(t, "/export kept.md")
        t.until("Into which file?")
        t.press("enter")
        t.until("Saved")
        kept = (tmp_path / "kept.md").read_text()
        assert "How do I remap a key" in kept and (tmp_path / "read.md").read_text().strip() in kept
        # What is there already is not written over unasked.
        _slash(t, "/export kept.md")
        t.until("Into which file?")
        t.press("enter")
        t.until("kept.md exists")
        t.press("k")
        t.until_gone("kept.md exists")
        assert (tmp_path / "kept.md").read_text() == kept
        _slash(t, "/fork")
        t.until("Forked:")
        _slash(t, "/rename The other way")
        t.until("The other way")
        _slash(t, "/delete")
        t.until("Delete “The other way”?")
        t.press("k")
        t.until_gone("Delete “The other way”?")
        _slash(t, "/delete")
        t.until("Delete “The other way”?")
        t.press("d")
        t.until_gone("The other way")
        t.until("How do I remap a key")
