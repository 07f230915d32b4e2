"""An address is good for one browser, and a password is guessed a few times at most."""

from __future__ import annotations

from tui.web.admission import MOST_GUESSES, Admission


def test_a_token_lets_one_browser_in_and_the_next_one_is_told() -> None:
    told: list[str] = []
    admission = Admission(renewed=told.append)
    first = admission.token
    session = admission.let_in(first)
    assert session is not None and admission.is_in(session)
    assert told == [admission.token] and admission.token != first
    assert admission.let_in(first) is None
    assert not admission.is_in(first) and not admission.is_in("")
    other = admission.let_in(admission.token)
    assert other is not None and other != session
    assert admission.is_in(session) and admission.is_in(other)


def test_a_wrong_token_leaves_the_right_one_good() -> None:
    admission = Admission()
    for wrong in ("", "x", admission.token[:-1], admission.token + "x", "\ud800"):
        assert admission.let_in(wrong) is None
    assert admission.let_in(admission.token) is not None


def test_with_a_password_the_token_alone_does_not_do() -> None:
    admission = Admission("correct horse")
    token = admission.token
    assert admission.let_in(token) is None
    assert admission.let_in(token, "wrong horse") is None
    assert admission.let_in("x", "correct horse") is None
    assert admission.let_in(token, "correct horse") is not None


def test_after_the_last_guess_the_address_is_another_one() -> None:
    told: list[str] = []
    admission = Admission("correct horse", told.append)
    token = admission.token
    for _ in range(MOST_GUESSES - 1):
        assert admission.let_in(token, "wrong horse") is None
    assert told == [] and admission.knows(token)
    assert admission.let_in(token, "wrong horse") is None
    assert told == [admission.token]
    assert admission.let_in(token, "correct horse") is None
    assert admission.let_in(admission.token, "correct horse") is not None
