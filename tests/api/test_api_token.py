import copy
import json
import pickle

import msgspec
import pytest

from tests.support.api_server import SECRET
from tui.api.token import Token


def test_a_token_shows_its_value_to_reveal_only():
    token = Token(f" {SECRET}\n")
    assert token.reveal() == SECRET
    shown = [repr(token), str(token), f"{token}", f"{token:>90}", "%s" % token, repr([token]), repr(dir(token))]  # noqa: UP031
    assert not any(SECRET in text for text in shown)
    assert not hasattr(token, "__dict__")
    assert not any(SECRET in str(getattr(token, name)) for name in dir(token) if not callable(getattr(token, name)))


def test_a_token_cannot_be_written_out():
    token = Token(SECRET)
    for write in (pickle.dumps, json.dumps, msgspec.json.encode, msgspec.msgpack.encode):
        with pytest.raises(TypeError) as refusal:
            write(token)
        assert SECRET not in str(refusal.value)


def test_a_token_does_not_change_and_copies_to_itself():
    token = Token(SECRET)
    with pytest.raises(AttributeError):
        token.value = "other"
    assert copy.deepcopy({"token": token})["token"] is token
    assert token == Token(SECRET)
    assert token != Token("other")
    assert len({token, Token(SECRET)}) == 1


@pytest.mark.parametrize("value", ["", "  ", "a b", "two\nlines", "ключ", "nul\x00", "esc\x1b[0m"])
def test_what_no_header_can_carry_is_no_token_and_is_not_repeated(value):
    with pytest.raises(ValueError) as refusal:
        Token(f"{value}")
    assert not value.strip() or value not in str(refusal.value)
