import json
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.api.text import clean, clean_line, clean_value, to_json

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("\x1b\x07\x9b\x9d\x90\x9c\r\n\t\\[];mPk0123\x18\x1a\u202e\u2066\u2028\ud800\x7f\x00 "),
        st.characters(),
    ),
    max_size=200,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | HOSTILE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(HOSTILE, inner, max_size=4),
    max_leaves=12,
)
BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def is_harmless(text):
    return all(
        letter in "\n\t" or (unicodedata.category(letter) not in ("Cc", "Cs") and letter not in BIDI) for letter in text
    )


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("plain text, ünïcode 漢字 🦙", "plain text, ünïcode 漢字 🦙"),
        ("a\x1b[31mred\x1b[0m b", "ared b"),
        ("\x1b]0;pwned\x07title", "title"),
        ("\x1b]52;c;cHduZWQ=\x1b\\clipboard", "clipboard"),
        ("\x9b31mC1 \x9d0;title\x9cdone", "C1 done"),
        ("\x1bPq#0;2;0;0;0\x1b\\sixel", "sixel"),
        ("\x1b_Gf=100;AAAA\x1b\\kitty", "kitty"),
        ("\x1bktitle\x1b\\screen", "screen"),
        ("\x1bc\x1b7\x1b(Breset", "reset"),
        ("\x1b]0;never ended\nnext line", "\nnext line"),
        ("10%\r20%\r\n30%\n", "10%\n20%\n30%\n"),
        ("a\x00b\x08c\x7fd\x85e", "abcde"),
        ("user\u202egnp.exe\u2066x\u2069", "usergnp.exex"),
        ("\ud800lone", "lone"),
        ("one\u2028two\u2029three", "one\ntwo\nthree"),
        ("tab\tstays", "tab\tstays"),
        ("\x1b[", ""),
        ("\x1b", ""),
        ("👩\u200d👩\u200d👧 \u200fعربي", "👩\u200d👩\u200d👧 \u200fعربي"),
    ],
)
def test_what_a_terminal_would_obey_is_removed_and_the_rest_stays(foreign, shown):
    assert clean(foreign) == shown


@given(HOSTILE)
@example("\x1b]" * 3 + "\x9d\n")
@example("\x1b\x1b[[31m")
def test_no_control_character_survives_cleaning(foreign):
    cleaned = clean(foreign)
    assert is_harmless(cleaned)
    assert clean(cleaned) == cleaned


@given(JSON)
def test_a_cleaned_value_is_harmless_in_keys_and_values_and_can_be_encoded(value):
    cleaned = clean_value(value)
    shown = json.dumps(cleaned, ensure_ascii=False)
    shown.encode()
    assert is_harmless(shown)


@given(JSON, st.sampled_from([None, 2]))
def test_json_on_a_terminal_is_harmless_and_loses_nothing(value, indent):
    shown = to_json(value, indent)
    shown.encode()
    assert is_harmless(shown)
    assert "\r" not in shown
    assert "\u2028" not in shown
    assert json.loads(shown) == value


def test_numbers_that_json_has_not_become_null():
    assert json.loads(to_json({"a": [float("nan"), float("inf"), 1.5]})) == {"a": [None, None, 1.5]}


def test_a_bottomless_value_is_cut_and_never_crashes():
    value: object = "\x1b[31mdeep"
    for _ in range(100_000):
        value = [value]
    assert "…" in json.dumps(clean_value(value), ensure_ascii=False)
    assert "…" in to_json(value)


def test_cleaning_shares_no_container_with_what_came_in():
    value = {"a": ["b"]}
    cleaned = clean_value(value)
    assert isinstance(cleaned, dict)
    cleaned["a"].append("c")
    assert value == {"a": ["b"]}


@pytest.mark.parametrize("piece", ["\x1b]", "\x9d\n", "\x1b[", "\x1bP0", "\x1b]0;x", "\x1b\\", "\r", "\x9b1;"])
def test_two_million_hostile_characters_are_cleaned_in_linear_time(piece):
    text = piece * (2_000_000 // len(piece))
    began = time.process_time()
    assert is_harmless(clean(text)[:1000])
    assert time.process_time() - began < 5


def test_a_line_for_a_title_is_one_line_of_bounded_length():
    assert clean_line("a\n\n  b\t\x1b[31mc\x1b[0m") == "a b c"
    assert len(clean_line("x" * 10_000, 50)) == 50
