"""A list that only repeats itself ends; one that repeats a page goes on."""

from __future__ import annotations

from tui.api.repeats import RepeatGuard


def ends(*pages: str) -> list[bool]:
    guard = RepeatGuard()
    return [guard.ends(page) for page in pages]


def test_three_pages_in_a_row_without_anything_new_are_the_end() -> None:
    assert ends("ab", "ab", "ba", "a") == [False, False, False, True]


def test_one_new_item_begins_the_count_again() -> None:
    assert ends("ab", "ab", "ab", "bc", "ab", "ab", "ab") == [False, False, False, False, False, False, True]


def test_empty_pages_bring_nothing_new() -> None:
    assert ends("", "", "") == [False, False, True]
