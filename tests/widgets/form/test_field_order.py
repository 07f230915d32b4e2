"""Which fields of a form come first, and which ones words find."""

from __future__ import annotations

from typing import Any

from tests.support.form_host import form_of
from tui.widgets.form.entry import Entry
from tui.widgets.form.field_order import arranged, matching


def entries(count: int, required: tuple[str, ...] = (), **texts: str) -> list[Entry]:
    fields = form_of({f"f{n}": {"type": "string", "default": "d"} for n in range(count)}, required).fields
    return [Entry(field, texts.get(field.name)) for field in fields]


def test_a_form_of_few_fields_keeps_its_order_and_folds_nothing() -> None:
    names, head = arranged(entries(16, ("f9",), f3="x"))
    assert names == [f"f{n}" for n in range(16)]
    assert head == 16


def test_a_form_of_many_begins_with_the_required_ones_then_those_that_were_changed() -> None:
    names, head = arranged(entries(17, ("f9", "f16"), f3="x", f9="y", f5="d"))
    assert names[:8] == ["f9", "f16", "f3", "f0", "f1", "f2", "f4", "f5"]
    assert head == 8
    assert sorted(names) == sorted(f"f{n}" for n in range(17))


def test_all_that_is_required_or_changed_is_before_the_fold() -> None:
    names, head = arranged(entries(40, ("f39",), **{f"f{n}": "x" for n in range(20, 30)}))
    assert names[:head] == ["f39", *(f"f{n}" for n in range(20, 30))]


def test_a_handful_that_is_left_is_not_folded() -> None:
    assert arranged(entries(20, tuple(f"f{n}" for n in range(17))))[1] == 20
    assert arranged(entries(20, tuple(f"f{n}" for n in range(16))))[1] == 16


PROPERTIES: dict[str, dict[str, Any]] = {
    "prompt": {"type": "string", "description": "What to draw. The seed is another field."},
    "mask_file": {"type": "string", "title": "Stencil"},
    "use-mask": {"type": "boolean"},
    "seed": {"type": "integer", "description": "Random SEED"},
}


def found(words: str) -> list[str]:
    return matching(form_of(PROPERTIES).fields, words)


def test_words_find_names_titles_and_descriptions_those_of_the_name_first() -> None:
    assert found("seed") == ["seed", "prompt"]
    assert found("mask") == ["mask_file", "use-mask"]
    assert found("STENCIL") == ["mask_file"]
    assert found("draw") == ["prompt"]


def test_each_word_must_be_there_in_any_order_and_dashes_are_blanks() -> None:
    assert found("file mask") == ["mask_file"]
    assert found("use_mask") == ["use-mask"]
    assert found("mask seed") == []
    assert found("field prompt") == ["prompt"]
