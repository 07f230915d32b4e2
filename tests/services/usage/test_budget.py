"""The budget: what is spent is read from the store, by all processes; what would pass it is asked for first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tui.api.types import Configuration, Prediction
from tui.services.services import Services
from tui.services.session import Clock
from tui.settings.budget import Budget, read_budget, typed_budget
from tui.settings.prices import ModelPrice, PriceTable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLE = PriceTable(models={"acme/each": ModelPrice(units={"per_run": 1.0})}, date="2026-11-01")


async def opened(path: Path, budget: Budget) -> Services:
    """Nothing is asked of this API."""
    return await Services.open(
        "http://127.0.0.1:9/v1",
        None,
        account="ada",
        store_path=path / "kept.db",
        outputs_dir=path,
        prices=TABLE,
        budget=budget,
        clock=Clock(now=lambda: NOON),
    )


def ran(number: int, at: datetime) -> Prediction:
    return Prediction(
        id=f"p{number}", model="acme/each", version="f" * 64, status="succeeded", created_at=at, completed_at=at
    )


async def test_what_would_pass_the_day_or_the_month_is_asked_for_and_what_just_fits_is_not(tmp_path: Path) -> None:
    services = await opened(tmp_path, Budget(month=10, day=5))
    try:
        await services.store.save("ada", [ran(n, NOON - timedelta(minutes=n + 1)) for n in range(3)])
        assert await services.budget.passed_by(2.0) == ""
        assert await services.budget.passed_by(2.01, "This run") == (
            "This run may cost ≈ $2.01. Today ≈ $3.00 of the budget of $5.00 is spent."
        )
        assert await services.budget.passed_by(None) == ""
        earlier = [ran(10 + n, datetime(2026, 11, 2, 12, n, tzinfo=UTC)) for n in range(6)]
        await services.store.save("ada", [*earlier, ran(99, datetime(2026, 10, 1, 12, tzinfo=UTC))])
        assert await services.budget.passed_by(1.0) == ""
        assert "This month ≈ $9.00 of the budget of $10.00" in await services.budget.passed_by(1.5)
    finally:
        await services.aclose()


async def test_a_budget_that_is_spent_asks_also_where_no_price_is_known(tmp_path: Path) -> None:
    services = await opened(tmp_path, Budget(day=1))
    try:
        await services.store.save("ada", [ran(1, NOON)])
        assert "costs is not known" in await services.budget.passed_by(None, "This run")
    finally:
        await services.aclose()


async def test_instances_that_would_stand_by_beyond_the_budget_are_told(tmp_path: Path) -> None:
    def instances(least: int) -> Configuration:
        return Configuration(hardware="gpu-t4", min_instances=least, max_instances=2)

    services = await opened(tmp_path, Budget(month=600))
    try:
        # $0.000225 a second for 730 hours are $591.30.
        ask = services.budget.passed_by_standing
        assert await ask(services.prices, instances(0), instances(1)) == []
        assert await ask(services.prices, instances(2), instances(1)) == []
        told = await ask(services.prices, None, instances(2))
        assert told[-1].startswith("What stands by more in a month may cost ≈ $1,183.")
    finally:
        await services.aclose()


async def test_two_processes_share_what_was_spent(tmp_path: Path) -> None:
    one, two = await opened(tmp_path, Budget(day=1)), await opened(tmp_path, Budget(day=1))
    try:
        assert await two.budget.passed_by(0.5) == ""
        await one.store.save("ada", [ran(1, NOON)])
        assert await two.budget.passed_by(0.5) != ""
    finally:
        await one.aclose()
        await two.aclose()


@pytest.mark.parametrize(("runs", "words"), [(3, ""), (4, "≈ $4.00 of $5.00 today"), (6, "≈ $6.00 of $5.00 today")])
async def test_the_status_line_warns_from_the_share_on_that_was_set(tmp_path: Path, runs: int, words: str) -> None:
    services = await opened(tmp_path, Budget(day=5, warn=0.8))
    try:
        await services.store.save("ada", [ran(n, NOON - timedelta(minutes=n)) for n in range(runs)])
        assert await services.budget.warning() == words
    finally:
        await services.aclose()


async def test_without_a_budget_nothing_is_asked(tmp_path: Path) -> None:
    services = await opened(tmp_path, Budget())
    try:
        assert (await services.budget.passed_by(1e9), await services.budget.warning()) == ("", "")
    finally:
        await services.aclose()


def test_a_budget_that_is_none_is_named() -> None:
    assert read_budget({"month": 50, "day": 0.01}, "x") == Budget(50.0, 0.01, 0.8)
    for table, words in (({"day": -1}, "budget.day"), ({"month": "much"}, "budget.month"), ({"warn": 2}, "share")):
        with pytest.raises(ValueError, match=words):
            read_budget(table, "x")


@pytest.mark.parametrize(
    ("text", "month", "day"),
    [
        ("5 a day", None, 5.0),
        ("$0.01/day", None, 0.01),
        ("20 per month", 20.0, None),
        ("0.50 a day, 20 a month", 20.0, 0.5),
        ("20 A Month and $0.5 a day", 20.0, 0.5),
        ("0 a day", None, 0.0),
        ("none", None, None),
    ],
)
def test_a_budget_is_typed_in_words(text: str, month: float | None, day: float | None) -> None:
    assert typed_budget(text, 0.7) == Budget(month, day, 0.7)


@pytest.mark.parametrize("text", ["a lot", "5", "-5 a day", "5 a week", "5 a day, 6 a day", "5 a day,", "nan a day"])
def test_what_is_no_budget_is_refused_with_how_it_is_written(text: str) -> None:
    with pytest.raises(ValueError, match=r"write US dollars such as 0\.50 a day, 20 a month, or none\."):
        typed_budget(text, 0.8)


def test_a_budget_is_said_as_one_types_it() -> None:
    for budget in (Budget(), Budget(month=20), Budget(day=0.01), Budget(20.0, 0.5)):
        assert budget.words == "" or typed_budget(budget.words, 0.8) == budget
    assert Budget(20.0, 0.5).words == "0.5 a day, 20 a month"
    assert Budget(1_000_000.0, 12345.67).words == "12345.67 a day, 1000000 a month"
    assert Budget(None, 0.0).words == "0 a day"


async def test_another_budget_holds_at_once(tmp_path: Path) -> None:
    services = await opened(tmp_path, Budget())
    try:
        await services.store.save("ada", [ran(0, NOON)])
        services.budget.change(Budget(day=1.5))
        assert "$1.50 is spent" in await services.budget.passed_by(1.0)
        services.budget.change(Budget(day=2))
        assert await services.budget.passed_by(1.0) == ""
    finally:
        await services.aclose()
