"""`prices`: the book that estimates come of, the config file's own entries first."""

from __future__ import annotations

import math
from datetime import date

from tui.cli.exit_codes import EXIT_DONE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.services.usage.price_book import dated, is_old, price_book
from tui.services.usage.prices import CONFIG, unit_words
from tui.settings import Settings
from tui.settings.prices import Bounds, ModelPrice, Tier
from tui.wording import price


def prices(call: Call, settings: Settings, speaker: Speaker) -> int:
    """Print every price that is known, one a line, or as JSON."""
    today = date.today()
    entries = [*_hardware(settings, today), *_models(settings, today)]
    if call.json or not speaker.out_is_terminal:
        array = speaker.array()
        for entry in entries:
            array.add(entry)
        array.end()
        return EXIT_DONE
    width = max(len(str(entry["name"])) for entry in entries)
    for entry in entries:
        of = ", ".join(word for word in (str(entry["source"]), dated(str(entry["date"]), bool(entry["old"]))) if word)
        speaker.line(f"{entry['name']:<{width}}  {entry['words']}  ({of})")
    return EXIT_DONE


def _hardware(settings: Settings, today: date) -> list[dict[str, object]]:
    own = settings.prices
    found: list[dict[str, object]] = []
    for sku, dollars in own.hardware.items():
        found.append(_entry(sku, f"{price(dollars)} a second", own.date, CONFIG, today, per_second=dollars))
    for sku, one in price_book().hardware.items():
        if sku not in own.hardware:
            words = f"{price(one.dollars)} a second"
            found.append(_entry(sku, words, one.date, one.source, today, per_second=one.dollars))
    return found


def _models(settings: Settings, today: date) -> list[dict[str, object]]:
    own = settings.prices
    found = [_model(ref, one, one.date or own.date, CONFIG, today) for ref, one in own.models.items()]
    book = price_book().models.items()
    return [*found, *(_model(ref, one, one.date, one.source, today) for ref, one in book if ref not in own.models)]


def _model(ref: str, one: ModelPrice, when: str, source: str, today: date) -> dict[str, object]:
    if one.hardware is not None:
        return _entry(ref, f"runs on {one.hardware}", when, one.source or source, today, hardware=one.hardware)
    parts = [unit_words(one.units)] if one.units else []
    parts += [f"{unit_words(tier.units)} with {_when(tier)}" for tier in one.tiers]
    told: dict[str, object] = dict(one.units)
    if one.tiers:
        told["tiers"] = [{"when": _conditions(tier), **tier.units} for tier in one.tiers]
    if one.defaults:
        told["defaults"] = dict(one.defaults)
    return _entry(ref, "; ".join(parts), when, one.source or source, today, **told)


def _conditions(tier: Tier) -> dict[str, object]:
    return {name: _bounds(one) if isinstance(one, Bounds) else one for name, one in tier.when.items()}


def _bounds(one: Bounds) -> dict[str, float]:
    return {name: end for name, end in (("min", one.least), ("max", one.most)) if math.isfinite(end)}


def _when(tier: Tier) -> str:
    return ", ".join(
        f"{name} {' '.join(f'{end} {number:g}' for end, number in _bounds(one).items())}"
        if isinstance(one, Bounds)
        else f"{name} {one}"
        for name, one in tier.when.items()
    )


def _entry(name: str, words: str, when: str, source: str, today: date, **told: object) -> dict[str, object]:
    return {"name": name, **told, "words": words, "date": when, "old": is_old(when, today), "source": source}
