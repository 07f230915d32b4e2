"""How long the newest runs of a model took."""

from __future__ import annotations

from datetime import timedelta

from tests.store.conftest import START, made
from tui.api.types import Prediction, Training
from tui.store.past_runs import COUNTED, LOOKED_AT, Took
from tui.store.store import Store

ME = "me@api"


def ended(number: int, waited: float, ran: float, status: str = "succeeded", **fields: object) -> Prediction:
    """One that waited and ran for so many seconds."""
    created = START + timedelta(seconds=number)
    started = created + timedelta(seconds=waited)
    times = {"started_at": started.isoformat(), "completed_at": (started + timedelta(seconds=ran)).isoformat()}
    return made(number, status, **times, **fields)


async def test_a_model_that_never_ran_has_no_past(store: Store) -> None:
    assert await store.past_runs.newest(ME, "acme/paint") == ([], None)


async def test_the_newest_come_first_and_only_what_succeeded_counts(store: Store) -> None:
    await store.save(ME, [ended(1, 40, 3), ended(2, 1, 99, "failed"), ended(3, 0.5, 2), made(4, "processing")])
    took, newest = await store.past_runs.newest(ME, "acme/paint")
    assert took == [Took(0.5, 2), Took(40, 3)]
    assert newest is not None and newest.id == "p000003"


async def test_the_time_that_is_billed_goes_before_the_clock(store: Store) -> None:
    await store.save(ME, [ended(1, 40, 3, metrics={"predict_time": 2.5})])
    assert (await store.past_runs.newest(ME, "acme/paint"))[0] == [Took(40, 2.5)]


async def test_other_models_other_accounts_and_trainings_are_not_of_it(store: Store) -> None:
    await store.save(ME, [ended(1, 1, 1, model="acme/other")])
    await store.save("you@api", [ended(2, 1, 1)])
    trained = Training(id="t1", model="acme/paint", status="succeeded", created_at=START)
    await store.save(ME, [trained], kind="training")
    assert await store.past_runs.newest(ME, "acme/paint") == ([], None)
    took, newest = await store.past_runs.newest(ME, "acme/paint", kind="training")
    assert took == [Took(None, None)] and isinstance(newest, Training)


async def test_what_ran_through_a_deployment_is_apart_from_what_did_not(store: Store) -> None:
    await store.save(
        ME,
        [
            ended(1, 40, 3),
            ended(2, 0.1, 1, deployment="me/fast"),
            ended(3, 0.2, 1, deployment="fast"),
            ended(4, 9, 9, deployment="me/slow"),
        ],
    )
    assert (await store.past_runs.newest(ME, "acme/paint"))[0] == [Took(40, 3)]
    through = await store.past_runs.newest(ME, "acme/paint", deployment="me/fast")
    assert [one.waited for one in through[0]] == [0.2, 0.1]


async def test_only_the_newest_are_looked_at_however_many_there_are(store: Store) -> None:
    await store.save(ME, [ended(n, 1, 1) for n in range(COUNTED + 1)])
    assert len((await store.past_runs.newest(ME, "acme/paint"))[0]) == 50
    await store.save(ME, [ended(1000 + n, 1, 1, "failed") for n in range(LOOKED_AT)])
    assert await store.past_runs.newest(ME, "acme/paint") == ([], None)
