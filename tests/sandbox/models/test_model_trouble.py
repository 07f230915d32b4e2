"""Trouble goes wrong in the way that was asked for, and in no other."""

import pytest

from tests.sandbox.models.served_model import Served, serve


@pytest.fixture(scope="module")
def trouble(served) -> Served:
    return served("trouble")


def stream(trouble: Served, values: dict[str, object], name: str) -> tuple[str, str, dict]:
    """The output, the log, and the finished prediction."""
    with trouble.events(values, name) as events:
        seen = list(events)
    output = "".join(data["chunk"] for kind, data in seen if kind == "output")
    log = "".join(data["data"] for kind, data in seen if kind == "log")
    return output, log, seen[-1][1]


def test_fail_shows_its_traceback_and_fail_late_keeps_what_came_before(trouble: Served) -> None:
    _, log, done = stream(trouble, {"kind": "fail"}, "fail")
    assert done["status"] == "failed"
    assert "failed, as asked" in done["error"]
    assert "Traceback (most recent call last)" in log
    output, _, done = stream(trouble, {"kind": "fail_late", "amount": 3, "pause": 0}, "late")
    assert done["status"] == "failed"
    assert output == "word0 word1 word2 "


def test_code_fails_with_an_error_code_and_memory_for_lack_of_it(trouble: Served) -> None:
    assert "E1001" in trouble.post({"kind": "code"}).json()["error"]
    assert "MemoryError" in trouble.post({"kind": "memory"}).json()["error"]


def test_hang_ends_when_it_is_canceled(trouble: Served) -> None:
    with trouble.events({"kind": "hang"}, "hang") as events:
        next(data for kind, data in events if kind == "output")
        assert trouble.cancel("hang") == 200
        assert list(events)[-1][1]["status"] == "canceled"


def test_stubborn_ignores_the_first_cancellations(trouble: Served) -> None:
    with trouble.events({"kind": "stubborn", "amount": 1}, "stubborn") as events:
        next(data for kind, data in events if kind == "output")
        assert trouble.cancel("stubborn") == 200
        ignored = next(data["data"] for kind, data in events if kind == "log" and "ignored" in data["data"])
        assert "ignored cancellation 1 of 1" in ignored
        assert trouble.cancel("stubborn") == 200
        assert list(events)[-1][1]["status"] == "canceled"


def test_slow_counts_its_steps(trouble: Served) -> None:
    output, log, _ = stream(trouble, {"kind": "slow", "amount": 4, "pause": 0}, "slow")
    assert output == "1 2 3 4 "
    assert "step 4/4" in log


def test_flood_writes_a_hundred_thousand_lines(trouble: Served) -> None:
    logs = trouble.run({"kind": "flood"})["logs"]
    assert logs.count("\n") >= 100_000
    assert "line 100000 of 100000" in logs


def test_big_and_long_line_are_as_large_as_they_say(trouble: Served) -> None:
    assert len("".join(trouble.run({"kind": "big"})["output"])) == 2_000_000
    assert max(map(len, trouble.run({"kind": "long_line"})["logs"].splitlines())) == 2_000_000


def test_escapes_holds_every_family_in_log_and_output(trouble: Served) -> None:
    done = trouble.run({"kind": "escapes"})
    for text in ("".join(done["output"]), done["logs"]):
        for family in (
            "\x1b[31",
            "\x1b]0;",
            "\x1b]52;",
            "\x9b35m",
            "\x9d2;",
            "\x1bP",
            "\u202e",
            "[/]",
            "@click=app.quit",
        ):
            assert family in text


def test_unicode_arrives_as_it_was_written(trouble: Served) -> None:
    text = "".join(trouble.run({"kind": "unicode"})["output"])
    for part in ("日本語", "שלום", "e\u0301", "👩‍👩‍👧‍👦", "\u2028", "\ufffe"):
        assert part in text


def test_nothing_succeeds_without_output(trouble: Served) -> None:
    done = trouble.run({"kind": "nothing"})
    assert done["output"] == []


def test_exit_is_seen_as_a_failure(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serve("trouble", tmp_path_factory.mktemp("exit")) as trouble:
        answer = trouble.post({"kind": "exit"})
        assert answer.json()["status"] == "failed"
