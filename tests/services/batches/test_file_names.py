"""The names of a batch's files."""

from __future__ import annotations

import pytest

from tui.services.batches.file_names import BadTemplate, check_template, name_of
from tui.store.batch import BatchRow

ROW = BatchRow(7, 7, 0, {"who": "ada/../b", "seed": "3"}, {"prompt": "a lake\nat dawn", "seed": 3})


@pytest.mark.parametrize(
    ("template", "index", "many", "name"),
    [
        ("{row}-{index}", 0, False, "7-0"),
        ("{row}", 0, False, "7"),
        ("{row}", 2, True, "7-2"),
        ("{seed}-{model}-{id}", 0, False, "3-me-it-p1"),
        ("{who}", 0, False, "ada_.._b"),
        ("{prompt}", 0, False, "a lake at dawn"),
        ("..", 0, False, "7"),
    ],
)
def test_a_name_stays_in_its_folder(template: str, index: int, many: bool, name: str) -> None:
    assert name_of(template, ROW, "me/it", "p1", index, many) == name


@pytest.mark.parametrize(
    ("template", "words"),
    [("{sead}", "there is no {sead}"), ("a/{row}", "without a /"), (" ", "must be a name for files")],
)
def test_a_template_that_names_nothing_is_refused(template: str, words: str) -> None:
    with pytest.raises(BadTemplate) as error:
        check_template(template, {"seed"})
    assert words in str(error.value)


def test_what_there_is_may_stand_in_a_template() -> None:
    check_template("{row}-{index}-{id}-{model}-{seed}", {"seed"})
