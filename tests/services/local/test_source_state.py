"""An edit of a model's code is noticed, and nothing else is."""

from __future__ import annotations

from pathlib import Path

from tui.services.local.source_state import source_state


def test_an_edit_of_the_code_is_another_state_and_a_file_that_a_run_writes_is_not(tmp_path: Path) -> None:
    (tmp_path / "cog.yaml").write_text("predict: p.py:P\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "words.py").write_text("a = 1\n")
    before = source_state(tmp_path)
    for name in (".venv/lib", "__pycache__", ".cog"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "new.py").write_text("b = 1\n")
    (tmp_path / "output.png").write_bytes(b"x")
    assert source_state(tmp_path) == before
    for path, text in ((tmp_path / "parts" / "words.py", "a = 22\n"), (tmp_path / "cog.yaml", "predict: q.py:P\n#\n")):
        path.write_text(text)
        after = source_state(tmp_path)
        assert after != before
        before = after


def test_a_folder_that_is_gone_has_no_state(tmp_path: Path) -> None:
    assert source_state(tmp_path / "gone") == {}
