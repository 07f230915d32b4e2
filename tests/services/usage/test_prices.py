"""Estimates: where they come from, and where there is none."""

from __future__ import annotations

import pytest

from tui.api.types import Configuration
from tui.services.usage.prices import DEFAULT_DATE, Prices
from tui.settings.prices import ModelPrice, PriceTable
from tui.wording import money, monthly, price

TABLE = PriceTable(
    hardware={"gpu-t4": 0.001, "mine": 0.5},
    models={
        "acme/paint": ModelPrice(hardware="gpu-t4"),
        "acme/words": ModelPrice(units={"per_million_input_tokens": 2.0, "per_million_output_tokens": 10.0}),
        "acme/pictures": ModelPrice(units={"per_image": 0.04}),
        "acme/odd": ModelPrice(hardware="unheard-of"),
    },
    date="2026-11-01",
)


def cost(model: str, predict_time: float | None = 10.0, status: str = "succeeded", **metrics: object) -> float | None:
    found = Prices(TABLE).prediction(model=model, status=status, predict_time=predict_time, metrics=metrics)
    return None if found is None else found.dollars


def test_a_public_model_has_no_estimate_until_the_user_says_what_it_runs_on_or_costs() -> None:
    assert cost("meta/llama") is None
    assert Prices().prediction(model="acme/paint", status="succeeded", predict_time=3.0) is None
    assert cost("acme/paint") == pytest.approx(0.01)
    assert cost("acme/paint", None) is None
    assert cost("acme/odd") is None


def test_unit_prices_count_what_the_metrics_tell_and_only_for_what_succeeded() -> None:
    assert cost("acme/words", input_token_count=1000, output_token_count=500) == pytest.approx(0.007)
    assert cost("acme/words", input_token_count=1000) is None
    assert cost("acme/pictures", image_count=2) == pytest.approx(0.08)
    assert cost("acme/pictures", status="failed", image_count=2) is None
    assert cost("acme/pictures", image_count="many") is None


def test_the_config_files_price_goes_before_the_default_and_each_estimate_tells_its_date() -> None:
    prices = Prices(TABLE)
    own, default = prices.per_second("gpu-t4"), prices.per_second("cpu")
    assert own is not None and (own.dollars, own.date) == (0.001, "2026-11-01")
    assert default is not None and (default.dollars, default.date) == (0.0001, DEFAULT_DATE)
    assert default.source == "estimate: cpu at $0.000100 a second, prices of 2024–26"
    assert prices.per_second("tpu") is None


def test_a_deployment_costs_its_fewest_instances_idle_and_all_of_them_at_most() -> None:
    running = Prices().running(Configuration(hardware="gpu-l40s", min_instances=1, max_instances=3))
    assert running is not None
    assert (str(running.idle), str(running.most)) == ("≈ $3.51", "≈ $10.53")
    assert Prices().running(Configuration(hardware="gpu-l40s", min_instances=None, max_instances=3)) is None
    assert Prices().running(Configuration(hardware="", min_instances=0, max_instances=1)) is None


@pytest.mark.parametrize(
    ("dollars", "words"),
    [
        (0, "$0"),
        (0.0000001, "< $0.000001"),
        (0.000225, "$0.000225"),
        (0.0031, "$0.0031"),
        (0.81, "$0.81"),
        (12.6, "$12.60"),
        (2365.2, "$2,365"),
    ],
)
def test_money_is_said_as_precisely_as_it_matters(dollars: float, words: str) -> None:
    assert money(dollars) == words


def test_the_price_of_a_second_loses_no_digit_and_lines_up_with_others() -> None:
    assert [price(0.000025), price(0.000225), price(0.0014), price(0.01525)] == [
        "$0.000025",
        "$0.000225",
        "$0.001400",
        "$0.015250",
    ]


def test_a_month_is_said_in_whole_dollars() -> None:
    assert [monthly(0), monthly(65.7), monthly(1182.6), monthly(0.49)] == ["$0", "$66", "$1,183", "$0.49"]
