"""Which candidate a lost run may take: one only that cannot be anybody else's."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.services.conftest import TEXT, WORDS, Time, opened
from tests.support.fake_api import Api, Request
from tests.support.lost_runs import leave_sent
from tui.api.creation import Candidate, Sighting
from tui.api.types import Prediction, Target
from tui.services.bus import UnknownRuns
from tui.services.runs.adoption import LATE, LOOKS, Verdict, choose_for, fingerprint, may_be_taken_for
from tui.store.records import Attempt, AttemptState

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
TARGET = Target("acme", "thing", "a" * 64)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def attempt(run: str, since: float | None = 0, until: float | None = 60, state: AttemptState = "lost") -> Attempt:
    number = sum(map(ord, run))
    begun = None if since is None else at(since)
    return Attempt(run, "same", TARGET, (), begun, None if until is None else at(until), state, "me", number)


def listed(*found: tuple[str, float], sure: bool = True, complete: bool = True) -> Sighting:
    return Sighting(tuple(Candidate(Prediction(id=id), at(seconds), sure) for id, seconds in found), complete)


def chosen(attempts: list[Attempt], sighting: Sighting, *taken: str, run: str = "mine") -> str | Verdict:
    found = choose_for(run, attempts, sighting, set(taken))
    return found.prediction.id if isinstance(found, Candidate) else found


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(-1, Verdict.ABSENT), (0, "p"), (60, "p"), (60.001, Verdict.ABSENT), (-3600, Verdict.ABSENT)],
)
def test_only_what_was_created_after_the_send_and_not_too_late_is_adopted(seconds: float, found: str | Verdict) -> None:
    assert chosen([attempt("mine")], listed(("p", seconds))) == found


def test_what_belongs_to_another_run_is_not_there_for_this_one() -> None:
    assert chosen([attempt("mine")], listed(("p", 1)), "p") is Verdict.ABSENT
    assert chosen([attempt("mine")], listed(("p", 1), ("q", 2)), "p") == "q"


def test_of_two_that_may_be_it_none_is_adopted() -> None:
    assert chosen([attempt("mine")], listed(("p", 1), ("q", 2))) is Verdict.UNSURE
    assert chosen([attempt("mine")], listed(("p", 1), sure=False)) is Verdict.UNSURE
    assert chosen([attempt("mine")], listed(("p", 1), complete=False)) is Verdict.UNSURE
    assert chosen([attempt("mine")], listed(complete=False)) is Verdict.UNSURE


def test_an_answer_that_may_still_come_to_a_twin_is_waited_for() -> None:
    twin = attempt("twin", since=5, until=None, state="sent")
    assert chosen([attempt("mine"), twin], listed(("p", 6))) is Verdict.WAITS
    # What was there before the twin was sent cannot be the twin's.
    assert chosen([attempt("mine"), twin], listed(("p", 4))) == "p"
    assert chosen([attempt("mine"), twin], listed()) is Verdict.ABSENT


def test_two_lost_twins_are_paired_only_if_each_has_one() -> None:
    both = [attempt("mine"), attempt("twin")]
    assert chosen(both, listed(("p", 1))) is Verdict.UNSURE
    assert chosen(both, listed(("p", 1), ("q", 2), ("r", 3))) is Verdict.UNSURE
    pair = {chosen(both, listed(("p", 1), ("q", 2)), run=run) for run in ("mine", "twin")}
    assert pair == {"p", "q"}


def test_rows_of_one_batch_are_paired_also_where_some_were_not_created() -> None:
    rows = [attempt("8d1f0000-1-a0000000"), attempt("8d1f0000-2-b1000000")]
    assert {chosen(rows, listed(("p", 1)), run=row.run_id) for row in rows} == {"p", Verdict.ABSENT}
    # More than they can have made: somebody else has sent the same.
    assert {chosen(rows, listed(("p", 1), ("q", 2), ("r", 3)), run=row.run_id) for row in rows} == {Verdict.UNSURE}
    # A row of another batch, or a run of none, is somebody else.
    for other in ("77aa0000-1-c2000000", "mine", "run-20"):
        assert chosen([rows[0], attempt(other)], listed(("p", 1)), run=rows[0].run_id) is Verdict.UNSURE
    # A row that a person has sent once more may have made two.
    assert chosen([*rows, attempt("8d1f0000-2-b1000000", 5)], listed(("p", 6)), run=rows[0].run_id) is Verdict.UNSURE


def test_twins_that_were_sent_at_different_times_get_what_was_made_in_their_own() -> None:
    both = [attempt("mine", 0, 60), attempt("twin", 50, 110)]
    sighting = listed(("p", 55), ("q", 20))
    assert chosen(both, sighting, run="mine") == "q"
    assert chosen(both, sighting, run="twin") == "p"
    # Both in the time of one of them: somebody else has made one.
    assert chosen(both, listed(("p", 10), ("q", 20)), run="mine") is Verdict.UNSURE


def test_a_clock_that_is_not_known_leaves_it_to_a_person() -> None:
    assert chosen([attempt("mine", since=None)], listed(("p", 1))) is Verdict.TIMELESS
    assert chosen([attempt("mine"), attempt("twin", since=None)], listed(("p", 1))) is Verdict.UNSURE


def test_a_run_that_a_person_has_sent_twice_may_have_either() -> None:
    twice = [attempt("mine"), attempt("mine", 30, 90)]
    assert chosen(twice, listed(("p", 40))) == "p"
    assert chosen(twice, listed(("p", 10), ("q", 40))) == "q"
    assert chosen(twice, listed(("p", 10), ("q", 40), ("r", 41))) is Verdict.UNSURE


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (TARGET, Target("Acme", "Thing", "a" * 64), True),
        (TARGET, Target("acme", "thing", "b" * 64), False),
        (TARGET, Target("acme", "thing"), True),
        (TARGET, Target("", "", "a" * 64), True),
        (TARGET, Target("acme", "other", "a" * 64), False),
        (TARGET, Target("acme", "thing", deployment=True), False),
        (Target("acme", "live", deployment=True), Target("acme", "live", deployment=True), True),
        (Target("acme", "live", deployment=True), Target("acme", "other", deployment=True), False),
    ],
)
def test_twins_are_those_whose_predictions_look_alike(one: Target, other: Target, meet: bool) -> None:
    made = [Attempt("r", "f", target, (), NOON) for target in (one, other)]
    assert may_be_taken_for(*made) is meet


def test_inputs_that_differ_in_their_files_alone_are_no_twins_unless_a_file_was_sent_in_another_form() -> None:
    def files(*names: str) -> Attempt:
        return Attempt("r", "f", TARGET, names, NOON)

    assert may_be_taken_for(files("data 1"), files("data 1"))
    assert not may_be_taken_for(files("data 1"), files("data 2"))
    assert may_be_taken_for(files("data 1"), files("link 2"))


def test_a_fingerprint_is_the_same_for_what_could_be_taken_for_each_other() -> None:
    def of(**values: object) -> str:
        return fingerprint("http://x/v1", "prediction", values)

    assert of(a=1, b="x") == of(b="x", a=1.0)
    assert of(key="[secret]") == of(key="********")
    assert of(image="data:,1") == of(image="https://x/1.png")
    assert len({of(a=1), of(a=True), of(a="1"), of(a=2), of(b=1), of(a=[1])}) == 6
    assert fingerprint("http://x/v1", "training", {}) != fingerprint("http://x/v1", "prediction", {})


async def test_a_lost_run_is_found_whatever_this_machines_clock_says(api: Api, tmp_path: Path) -> None:
    async def lost(request: Request) -> None:
        api.create(request)
        request.drop()

    api.on["POST", "/v1/models/acme/words/predictions"] = lost
    async with opened(api.base_url, tmp_path, now=lambda: datetime.now(UTC) + timedelta(hours=5)) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await seen.until(lambda: seen.services.runs.active[run.id].record, "the adoption")
        assert api.count("POST", "/models/acme/words/predictions") == 1
        assert not seen.of(UnknownRuns)


async def test_an_old_twin_is_not_taken_by_a_clock_that_is_hours_behind(api: Api, tmp_path: Path) -> None:
    async def lost(request: Request) -> None:
        request.drop()

    api.put("old", age=1800, version="hidden")
    api.on["POST", "/v1/models/acme/words/predictions"] = lost
    async with opened(api.base_url, tmp_path, now=lambda: datetime.now(UTC) - timedelta(hours=5)) as seen:
        run = await seen.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        assert (await seen.ended(run)).state == "unknown"
        assert seen.services.runs.unknown[0].candidates == ()


async def test_an_unknown_run_is_told_of_and_a_person_may_say_which_it_is(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        now = seen.services.now().isoformat()
        for id in ("one", "other"):
            api.put(id, created_at=now, status="succeeded", output=["x"])
        await leave_sent(seen.services, "r", {"prompt": "x"})
        await seen.services.runs.resume()
        await seen.until(lambda: any(run.needs_decision for run in seen.services.runs.unknown), "the search")
        (run,) = seen.of(UnknownRuns)[-1].runs
        assert [one.prediction.id for one in run.candidates] == ["one", "other"]
        assert "may be it" in (run.error or "")
        await seen.services.runs.adopt("r", "other")
        await seen.until(lambda: "r" not in seen.services.runs.active, "the end")
        ended = seen.services.runs.get("r")
        assert ended is not None and ended.record is not None and ended.record.id == "other"
        assert seen.of(UnknownRuns)[-1].runs == ()
        await leave_sent(seen.services, "s", {"prompt": "x"})
        await seen.services.runs.resume()
        await seen.until(lambda: [run.id for run in seen.services.runs.unknown] == ["s"])
        with pytest.raises(ValueError, match="another run"):
            await seen.services.runs.adopt("s", "other")


async def test_data_that_was_removed_is_never_said_to_be_absent(api: Api, tmp_path: Path) -> None:
    async with opened(api.base_url, tmp_path) as seen:
        api.put("gone", created_at=seen.services.now().isoformat(), input={}, data_removed=True, status="succeeded")
        await leave_sent(seen.services, "r", {"prompt": "x"})
        await seen.services.runs.resume()
        await seen.until(lambda: any(run.needs_decision for run in seen.services.runs.unknown), "the search")
        (run,) = seen.services.runs.unknown
        assert [one.prediction.id for one in run.candidates] == ["gone"] and "deleted its input: probably gone" in (
            run.error or ""
        )


async def test_a_run_in_another_console_is_waited_for(api: Api, tmp_path: Path) -> None:
    slow = asyncio.Event()

    async def first(request: Request) -> None:
        made = api.create(request)
        api.on["POST", "/v1/models/acme/words/predictions"] = second
        await slow.wait()
        request.answer(made, 201)

    async def second(request: Request) -> None:
        request.drop()

    api.on["POST", "/v1/models/acme/words/predictions"] = first
    async with opened(api.base_url, tmp_path) as one, opened(api.base_url, tmp_path) as two:
        theirs = await one.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await one.until(lambda: api.predictions)
        mine = await two.services.runs.start(WORDS, TEXT, {"prompt": "x"})
        await two.until(lambda: api.count("GET", "/predictions") > 1, "the search")
        assert two.services.runs.active[mine.id].state == "creating"
        slow.set()
        await one.until(lambda: one.services.runs.active[theirs.id].record, "its own")
        assert (await two.ended(mine)).state == "unknown"


async def test_what_is_listed_late_is_looked_for_three_times_within_some_seconds(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.services.runs.adoption.LOOKS", LOOKS)
    time = Time()
    async with opened(api.base_url, tmp_path, sleep=time.sleep) as seen:
        await leave_sent(seen.services, "r", {"prompt": "x"}, since=datetime.now(UTC))
        await seen.services.runs.resume()
        await seen.until(lambda: any(run.needs_decision for run in seen.services.runs.unknown), "the search")
    assert time.waits == [0.5, 2.0, 5.0]


def test_what_is_late_is_waited_for_a_minute() -> None:
    assert timedelta(seconds=60) == LATE
