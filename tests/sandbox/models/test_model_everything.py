"""Everything takes each kind of input as its schema says, and gives it back."""

import hashlib

import pytest

from tests.sandbox.models.served_model import MODELS, Served, examples

NEEDED = {"name": "fox", "count": 3}


@pytest.fixture(scope="module")
def everything(served) -> Served:
    return served("everything")


def test_every_field_comes_back_as_it_was_sent(everything: Served) -> None:
    sent = examples("everything")[1]
    got = everything.run(sent)["output"]
    changed = {"document", "documents", "token"}
    assert {key: got[key] for key in sent.keys() - changed} == {key: sent[key] for key in sent.keys() - changed}
    note = (MODELS / "everything" / "examples" / "note.txt").read_bytes()
    assert got["document"]["sha256"] == hashlib.sha256(note).hexdigest()
    assert got["document"]["size"] == len(note)
    assert [held["size"] for held in got["documents"]] == [len(note), 12]


def test_the_secret_is_given_back_nowhere(everything: Served) -> None:
    done = everything.post({**NEEDED, "token": "hunter2-hunter2"})
    assert done.json()["output"]["token"] == {"length": 15}
    assert "hunter2" not in done.text


def test_what_is_left_out_has_its_default(everything: Served) -> None:
    got = everything.run(NEEDED)["output"]
    assert got["words"] == ["one", "two"]
    assert got["text_or_number"] == "auto"
    assert (got["maybe_text"], got["document"], got["old"]) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 41),
        ("code", "abc"),
        ("count", 101),
        ("count", "3"),
        ("ratio", 1.01),
        ("at_least", 0.4),
        ("flag", "yes"),
        ("size", "huge"),
        ("count_choice", 3),
        ("words", "one"),
        ("numbers", [1.5]),
        ("maybe_seed", -1),
        ("maybe_text", None),
        ("text_or_number", 1.5),
        ("settings", []),
        ("messages", ["x"]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_field(everything: Served, field: str, value: object) -> None:
    refused = everything.refusal({**NEEDED, field: value})
    assert {name.split("/")[0] for name in refused} == {field}


def test_what_is_required_and_missing_is_named(everything: Served) -> None:
    assert everything.refusal({}).keys() == {"name", "count"}
