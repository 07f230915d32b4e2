"""predictions and trainings: listed, read, followed, canceled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from tui.api.client import Pages
from tui.api.text import to_json
from tui.api.types import Prediction, Training
from tui.cli.api_command import Asker, parse_id
from tui.cli.cost import with_cost
from tui.cli.exit_codes import EXIT_DONE
from tui.cli.follow_records import follow_all, follow_one
from tui.services.runs.unknown_runs import unknown_runs, what_to_do
from tui.services.usage.prices import Prices
from tui.store.filter_query import Kind
from tui.wording import age, duration, exact, mark, one_line, undecided_words


async def predictions(asker: Asker) -> int:
    """predictions [ID]"""
    client, call = asker.client, asker.call
    if call.words:
        id_ = parse_id(asker.word, "prediction")
        if call.follow:
            return await follow_one(asker, lambda: client.prediction(id_))
        asker.speaker.object(_with_cost(asker)(await client.prediction(id_)))
        return EXIT_DONE

    def pages() -> Pages[Prediction]:
        return client.predictions(_moment(call.text("created_after")), _moment(call.text("created_before")), source)

    source = call.text("source")
    if call.follow:
        return await follow_all(asker, pages, client.prediction)
    code = await asker.list(pages(), _row, "No predictions.", told=_with_cost(asker))
    _tell_undecided(asker, "prediction")
    return code


async def cancel(asker: Asker) -> int:
    """cancel ID..."""
    ids = [parse_id(word, "prediction") for word in asker.call.words]
    return await asker.each(ids, asker.client.cancel_prediction, _what_became)


async def trainings(asker: Asker) -> int:
    """trainings [ID]"""
    client, call = asker.client, asker.call
    if not call.words:
        if call.follow:
            return await follow_all(asker, client.trainings, client.training)
        code = await asker.list(client.trainings(), _row, "No trainings.", told=_with_cost(asker))
        _tell_undecided(asker, "training")
        return code
    id_ = parse_id(asker.word, "training")
    if call.follow:
        return await follow_one(asker, lambda: client.training(id_))
    found = await client.training(id_)
    if not asker.as_json:
        return _show(asker, found)
    asker.speaker.object(_with_cost(asker)(found))
    return EXIT_DONE


async def cancel_trainings(asker: Asker) -> int:
    """trainings cancel ID..."""
    ids = [parse_id(word, "training") for word in asker.call.words]
    return await asker.each(ids, asker.client.cancel_training, _what_became)


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "predictions": predictions,
    "cancel": cancel,
    "trainings": trainings,
    "trainings cancel": cancel_trainings,
}


def _with_cost(asker: Asker) -> Callable[[Prediction], dict[str, object]]:
    return partial(with_cost, Prices(asker.settings.prices))


def _tell_undecided(asker: Asker, kind: Kind) -> None:
    """Name the runs that the list may hold or not: their answers were lost."""
    runs = [run for run in unknown_runs(asker.settings) if run.kind == kind]
    if runs:
        asker.speaker.say(f"{undecided_words(len(runs))}: the answer was lost. {what_to_do(runs)}.")
        for run in runs:
            asker.speaker.say(f"  {run.target}  {age(run.created_at)}  {one_line(to_json(run.input), 100)}")


def _show(asker: Asker, training: Training) -> int:
    return asker.facts(
        [
            ("training", training.id),
            ("status", mark(training.status).word),
            ("model", training.model),
            ("version", training.version),
            ("destination", training.destination),
            ("created", exact(training.created_at)),
            ("ran", duration(training.predict_time)),
            ("made", training.trained_version),
            ("weights", training.weights),
            ("error", training.error),
        ]
    )


def _row(prediction: Prediction) -> tuple[str, ...]:
    ran = duration(prediction.predict_time)
    return prediction.id, mark(prediction.status).word, age(prediction.created_at), ran, prediction.model


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _what_became(prediction: Prediction) -> str:
    if prediction.status == "canceled":
        return "canceled"
    if prediction.is_terminal:
        return f"had ended before: {prediction.status}"
    return f"is being canceled (still {mark(prediction.status).word})"
