"""What is said of a cost before it is paid: money, else what it is billed by, else how long such runs took."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tui.api.types import Configuration, Prediction, Target, Training
from tui.services.services import Services
from tui.services.usage.cost import BatchPart, Cost, monthly_range, standing_cost, unit_amounts
from tui.services.usage.past import NO_PAST
from tui.services.usage.prices import Prices
from tui.settings.prices import ModelPrice, PriceTable

VERSION = "f" * 64
TABLE = PriceTable(
    hardware={"mine": 0.002},
    models={
        "acme/paint": ModelPrice(hardware="mine"),
        "acme/words": ModelPrice(units={"per_million_output_tokens": 10.0}),
        "acme/each": ModelPrice(units={"per_run": 0.003}),
        "acme/pictures": ModelPrice(units={"per_image": 0.04}),
    },
    date="2026-11-01",
)


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    """Nothing is asked of this API."""
    opened = await Services.open(
        "http://127.0.0.1:9/v1",
        None,
        account="ada",
        store_path=tmp_path / "kept.db",
        outputs_dir=tmp_path,
        prices=TABLE,
    )
    yield opened
    await opened.aclose()


async def ran(
    services: Services, model: str, *seconds: float, version: str = VERSION, waited: float = 1.0, **metrics: float
) -> None:
    """Runs of a model that succeeded, the last of them the newest."""
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    past: list[Prediction] = []
    for number, length in enumerate(seconds):
        created = begin + timedelta(hours=number)
        started = created + timedelta(seconds=waited * (number + 1))
        past.append(
            Prediction(
                id=f"{model}{number}",
                model=model,
                version=version,
                status="succeeded",
                created_at=created,
                started_at=started,
                completed_at=started + timedelta(seconds=length),
                metrics={"predict_time": length, **metrics},
            )
        )
    await services.store.save("ada", past)


async def test_the_past_of_a_model_is_the_middle_of_what_its_runs_took(services: Services) -> None:
    assert await services.past.of("acme/new") == NO_PAST
    assert await services.past.of("") == NO_PAST
    await ran(services, "acme/one", 4.0)
    one = await services.past.of("acme/one")
    assert (one.runs, one.boots, one.runs_for) == (1, 1.0, 4.0)
    await ran(services, "acme/many", 2.0, 300.0, 3.0)
    many = await services.past.of("acme/many")
    assert (many.runs, many.boots, many.runs_for, many.version) == (3, 2.0, 3.0, VERSION)


async def test_money_is_said_where_a_price_is_known_and_the_past_tells_how_much(services: Services) -> None:
    assert await services.costs.of_run("acme/paint") is None
    await ran(services, "acme/paint", 1.0, 2.0, 30.0)
    assert await services.costs.of_run("acme/paint") == Cost(
        "≈ $0.004 a run", "mine at $0.002000 a second, by 3 before", money=True
    )
    await ran(services, "acme/words", 1.0, version="hidden", output_token_count=500)
    cost = await services.costs.of_run("acme/words")
    assert cost is not None and (cost.words, cost.money) == ("≈ $0.005 a run", True)


async def test_a_price_by_the_run_needs_no_past(services: Services) -> None:
    assert await services.costs.of_run("acme/each") == Cost("≈ $0.003 a run", "$0.003 per run", money=True)


async def test_without_a_price_it_is_said_what_is_billed(services: Services) -> None:
    await ran(services, "acme/open", 2.0, 6.1, 9.0)
    assert await services.costs.of_run("acme/open") == Cost("usually 6.1 s billed", "by 3 before")
    await ran(services, "acme/official", 2.0, version="hidden", input_token_count=7)
    official = await services.costs.of_run("acme/official")
    assert official == Cost("billed per token", "usually 2.0 s, by 1 before")
    assert official is not None and "s billed" not in f"{official.words} {official.more}"


async def test_what_is_sent_says_whether_its_seconds_are_billed_and_not_how_it_ran_before(services: Services) -> None:
    await ran(services, "acme/now-official", 2.0, image_count=1)
    assert await services.costs.of_run("acme/now-official", official=True) == Cost(
        "billed per image", "usually 2.0 s, by 1 before"
    )
    await ran(services, "acme/by-version", 2.0, version="hidden", image_count=1)
    assert await services.costs.of_run("acme/by-version", official=False) == Cost("usually 2.0 s billed", "by 1 before")


async def test_nothing_is_said_of_what_is_not_known(services: Services) -> None:
    assert await services.costs.of_run("acme/new") is None
    assert await services.costs.of_run("acme/new", kind="training") is None


async def test_a_training_is_counted_by_trainings_alone(services: Services) -> None:
    await ran(services, "acme/paint", 1.0)
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    trained = Training(
        id="t",
        model="acme/paint",
        version=VERSION,
        status="succeeded",
        created_at=begin,
        started_at=begin,
        completed_at=begin + timedelta(minutes=10),
    )
    await services.store.save("ada", [trained], kind="training")
    cost = await services.costs.of_run("acme/paint", kind="training")
    assert cost is not None and cost.words == "≈ $1.20 a training"


def setup(least: int | None, most: int | None, hardware: str = "gpu-t4") -> Configuration:
    return Configuration(hardware=hardware, min_instances=least, max_instances=most)


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        (setup(1, 2), "≈ $591–1,183 a month"),
        (setup(0, 1), "≈ $0–591 a month"),
        (setup(2, 2), "≈ $1,183 a month"),
        (setup(0, 0), "$0: it is off"),
        (setup(0, 1, "cpu-small"), "≈ $0–66 a month"),
    ],
)
def test_a_deployment_costs_from_its_fewest_instances_to_all_of_them(configuration: Configuration, words: str) -> None:
    cost = standing_cost(Prices(), configuration)
    assert cost is not None and cost.money and cost.words == words


@pytest.mark.parametrize("configuration", [setup(0, 1, "tpu"), setup(None, 1), setup(0, None)])
def test_a_deployment_whose_price_is_not_known_costs_nothing_that_could_be_said(configuration: Configuration) -> None:
    assert standing_cost(Prices(), configuration) is None
    assert monthly_range(Prices(), configuration) == ""


def test_a_change_says_what_it_costs_now_and_a_list_says_the_month() -> None:
    cost = standing_cost(Prices(), setup(1, 2), setup(0, 1))
    assert cost is not None and cost.more == "now ≈ $0–591"
    same = standing_cost(Prices(), setup(1, 2), setup(1, 2))
    assert same is not None and same.more == "≈ $0.81 idle, $1.62 at most an hour"
    assert [monthly_range(Prices(), setup(1, 2)), monthly_range(Prices(), setup(0, 0))] == ["≈ $591–1,183", "$0"]


async def test_a_batch_costs_what_its_models_cost_each_by_its_own_price(services: Services) -> None:
    each, words, open_ = (Target("acme", name) for name in ("each", "words", "open"))
    parts = [BatchPart(each, 10, [{}, {}]), BatchPart(open_, 5, [{}])]
    assert await services.costs.of_batch(parts) == pytest.approx(0.03)
    await ran(services, "acme/words", 1.0, version="hidden", output_token_count=500)
    assert await services.costs.of_batch([*parts, BatchPart(words, 100, [{}])]) == pytest.approx(0.53)
    assert await services.costs.of_batch(parts[1:]) is None
    assert await services.costs.of_batch([]) is None


async def test_a_batch_is_counted_by_the_inputs_that_its_price_depends_on(services: Services) -> None:
    paint = Target("acme", "pictures")
    parts = [BatchPart(paint, 8, [{"num_outputs": 1}, {"num_outputs": 3}])]
    # Two pictures each in the middle, at $0.04.
    assert await services.costs.of_batch(parts) == pytest.approx(0.64)


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({}, ""),
        ({"images": 0.0}, ""),
        ({"images": 1.0}, "1 image"),
        ({"images": 2.0}, "2 images"),
        ({"input_tokens": 1.0, "output_tokens": 1204.0}, "1 token in, 1,204 tokens out"),
        ({"characters": 1.0}, "1 character"),
        ({"output_megapixels": 1.0, "input_megapixels": 1.5}, "1.5 MP in, 1 MP out"),
        ({"video_seconds": 1.0}, "1 s of video"),
    ],
)
def test_what_was_counted_is_said_with_its_number(units: dict[str, float], words: str) -> None:
    assert unit_amounts(units) == words
