"""Words about a record that every screen that shows one says alike: advice on its error, an estimate of its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.services import Services
    from tui.services.usage.cost import Cost
    from tui.services.usage.prices import Estimate
    from tui.store.records import RecordRow


def advice(prediction: Prediction | None, error: str | None = None) -> str:
    """What an error code means and what to do about it; empty where nothing is known."""
    from tui.api.error_codes import help_for

    text = error or (prediction.error if prediction is not None else None)
    return (help_for(text) or "") if text else ""


def cost(services: Services | None, prediction: Prediction | None) -> Cost | None:
    """What it may have cost, with the price and its date; None where that is not known."""
    from tui.services.usage.cost import Cost

    if services is None or prediction is None:
        return None
    if prediction.started_at is not None and not prediction.is_terminal:
        sku = services.prices.hardware_of(prediction.model, prediction.deployment, prediction.created_at)
        rate = services.prices.per_second(sku) if sku else None
        return Cost("", rate.source, money=True, per_second=rate.dollars) if rate is not None else None
    found = cost_of(services, prediction)
    return Cost(str(found), found.source, money=True) if found is not None else None


def cost_of(services: Services | None, record: Prediction | RecordRow) -> Estimate | None:
    """What a record may have cost; None where that is not known."""
    return services.prices.of(record) if services is not None else None
