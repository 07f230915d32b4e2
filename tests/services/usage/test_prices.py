"""Estimates: where they come from, and where there is none."""

from __future__ import annotations

from datetime import date

import pytest

from tui.api.billed import billed
from tui.api.types import Configuration
from tui.services.usage.price_book import dated, is_old, price_book
from tui.services.usage.prices import Prices
from tui.settings.prices import Bounds, ModelPrice, PriceTable, Tier
from tui.wording import money, monthly, price

TODAY = date(2026, 11, 30)
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
    found = Prices(TABLE).prediction(model=model, status=status, predict_time=predict_time, billed=billed(metrics, {}))
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
    prices = Prices(TABLE, today=lambda: TODAY)
    own, default = prices.per_second("gpu-t4"), prices.per_second("cpu")
    assert own is not None and (own.dollars, own.date) == (0.001, "2026-11-01")
    assert default is not None and (default.dollars, default.date) == (0.0001, "2025-07-19")
    assert default.source == "estimate: cpu at $0.000100 a second, prices of 2025-07-19, over a year old"
    assert prices.per_second("tpu") is None


def asked(
    model: str, metrics: dict[str, object], given: dict[str, object] | None = None, output: object = None
) -> float | None:
    """What the book says that a run costs which succeeded."""
    found = Prices(today=lambda: TODAY).prediction(
        model=model, status="succeeded", predict_time=2.0, billed=billed(metrics, given or {}, output)
    )
    return None if found is None else found.dollars


PICTURES = ["https://replicate.delivery/a/out-0.webp", "https://replicate.delivery/a/out-1.webp"]


@pytest.mark.parametrize(
    ("model", "metrics", "given", "output", "dollars"),
    [
        # Metrics of real examples; dollars by hand.
        ("black-forest-labs/flux-dev", {"image_count": 1, "predict_time": 3.2}, {}, None, 0.025),
        ("black-forest-labs/flux-schnell", {"predict_time": 0.83}, {}, PICTURES, 0.006),
        ("black-forest-labs/flux-schnell", {"predict_time": 0.83}, {}, None, None),
        ("openai/gpt-5", {"input_token_count": 54, "output_token_count": 166}, {}, None, 0.0017275),
        ("openai/gpt-5", {"token_input_count": 1000, "token_output_count": 0}, {}, None, 0.00125),
        ("openai/gpt-5", {"input_token_count": 54}, {}, None, None),
        ("google/veo-3.1", {"video_output_duration_seconds": 8.0}, {}, None, 3.2),
        ("google/veo-3.1", {"video_output_duration_seconds": 8.0, "with_audio": False}, {}, None, 1.6),
        ("google/veo-3.1-fast", {}, {"duration": 4, "generate_audio": False}, None, 0.4),
        ("google/veo-3.1-fast", {}, {}, None, 1.2),
        ("kwaivgi/kling-v2.5-turbo-pro", {}, {"duration": 10}, None, 0.7),
        ("kwaivgi/kling-v2.5-turbo-pro", {}, {}, None, None),
        ("bytedance/seedance-1.5-pro", {}, {"duration": 5, "generate_audio": False, "resolution": "720p"}, None, 0.13),
        ("bytedance/seedance-1.5-pro", {}, {"duration": 5, "resolution": "720p"}, None, None),
        ("bytedance/seedance-1.5-pro", {}, {"duration": 5, "generate_audio": True, "resolution": "720p"}, None, None),
        ("google/nano-banana-2", {"image_count": 1}, {}, None, 0.067),
        ("google/nano-banana-2", {"image_count": 2}, {"resolution": "4K"}, None, 0.302),
        ("google/nano-banana-2", {"image_count": 2}, {"resolution": "8K"}, None, None),
        ("wan-video/wan-2.2-i2v-fast", {}, {"resolution": "720p", "interpolate_output": True}, None, 0.145),
        ("minimax/speech-02-hd", {}, {"text": "x" * 250}, None, 0.025),
        ("black-forest-labs/flux-2-pro", {}, {"prompt": "a cat", "resolution": "1 MP"}, None, 0.03),
        ("black-forest-labs/flux-2-pro", {}, {"prompt": "a cat", "resolution": "match_input_image"}, None, None),
        ("black-forest-labs/flux-2-dev", {}, {"prompt": "a cat", "output_megapixels": "2"}, None, 0.024),
        ("stability-ai/sdxl", {"image_count": 1}, {}, PICTURES, None),
    ],
)
def test_each_unit_of_the_book_counts_what_was_counted_and_nothing_that_was_not(
    model: str, metrics: dict[str, object], given: dict[str, object], output: object, dollars: float | None
) -> None:
    assert asked(model, metrics, given, output) == (None if dollars is None else pytest.approx(dollars))


def test_a_tier_may_depend_on_a_range_and_the_bounds_are_in_it() -> None:
    tiers = (
        Tier({"duration": Bounds(most=5)}, {"per_run": 0.3}),
        Tier({"duration": Bounds(least=5)}, {"per_run": 0.6}),
    )
    prices = Prices(PriceTable(models={"acme/clip": ModelPrice(tiers=tiers)}))

    def of(duration: object) -> float | None:
        found = prices.prediction(
            model="acme/clip", status="succeeded", predict_time=None, billed=billed({}, {"duration": duration})
        )
        return None if found is None else found.dollars

    assert [of(4.9), of(5), of(5.1), of("8s"), of("long")] == [0.3, 0.3, 0.6, 0.6, None]


def test_what_was_aborted_before_it_started_costs_nothing_and_what_failed_is_not_known() -> None:
    counted = billed({"image_count": 1}, {})

    def of(model: str, status: str) -> float | None:
        found = Prices().prediction(model=model, status=status, predict_time=None, billed=counted)
        return None if found is None else found.dollars

    assert [of("google/nano-banana", status) for status in ("aborted", "failed", "canceled", "processing")] == [
        0.0, None, None, None,
    ]  # fmt: skip
    assert of("stability-ai/sdxl", "aborted") is None


def test_the_users_price_of_a_model_goes_before_the_books() -> None:
    table = PriceTable(models={"google/nano-banana": ModelPrice(units={"per_image": 1.0})})
    found = Prices(table).prediction(
        model="google/nano-banana", status="succeeded", predict_time=1.0, billed=billed({"image_count": 2}, {})
    )
    assert found is not None and (found.dollars, found.date) == (2.0, "your config file")


def test_a_price_that_was_looked_up_over_a_year_ago_is_marked() -> None:
    assert [is_old(when, TODAY) for when in ("2025-11-30", "2025-11-29", "2025-11", "2026-04", "2024", "")] == [
        False, True, True, False, False, False,
    ]  # fmt: skip
    assert dated("2025-05", True) == "2025-05, over a year old"
    assert dated("2026-10-07", False) == "2026-10-07"


def test_every_entry_of_the_book_has_a_page_and_a_day() -> None:
    book = price_book()
    assert len(book.hardware) >= 15 and len(book.models) >= 30
    for one in (*book.hardware.values(), *book.models.values()):
        assert one.source.startswith("https://replicate.com/")
        date.fromisoformat(one.date if len(one.date) > 7 else f"{one.date}-01")


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
