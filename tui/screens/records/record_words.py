"""Words about a record that every screen that shows one says alike: advice on its error, an estimate of its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.services import Services


def advice(prediction: Prediction | None, error: str | None = None) -> str:
    """What an error code means and what to do about it; empty where nothing is known."""
    from tui.api.error_codes import help_for

    text = error or (prediction.error if prediction is not None else None)
    return (help_for(text) or "") if text else ""


def estimate(services: Services | None, prediction: Prediction | None) -> str:
    """What it may have cost, with the price and its date; empty where that is not known."""
    if prediction is None or services is None:
        return ""
    found = services.prices.prediction(
        model=prediction.model,
        status=prediction.status,
        predict_time=prediction.predict_time if prediction.is_terminal else None,
        deployment=prediction.deployment,
        created_at=prediction.created_at,
        metrics=prediction.metrics,
    )
    return f"{found} ({found.source})" if found is not None else ""
