"""Prints the output of a prediction for people: text as text, files as where they are, the rest as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from tui.api.text import clean, to_json
from tui.api.types import Prediction
from tui.cli.printing import Speaker
from tui.forms import OutputKind
from tui.services.watching.text_follower import text_of
from tui.store.records import SavedOutput


def print_output(
    speaker: Speaker, prediction: Prediction, kind: OutputKind, outputs: Sequence[SavedOutput], written: str
) -> None:
    """Print on stdout what is not there already; `written` was streamed. Raises BrokenPipeError."""
    text = text_of(prediction.output) if kind in (OutputKind.TEXT, OutputKind.TEXT_STREAM) else None
    if text is None and written:
        text = written
    if text is not None:
        text = clean(text)
        rest = text[len(written) :] if text.startswith(written) else ""
        whole = written + rest
        speaker.write(rest if whole.endswith("\n") or not whole else rest + "\n")
        return
    if outputs:
        for output in outputs:
            speaker.line(str(output.path) if output.state == "saved" and output.path else output.url)
        return
    if prediction.output is None:
        speaker.say("The prediction has no output" + (": its data was removed." if prediction.data_removed else "."))
        return
    output = prediction.output
    lines = cast("list[object]", output) if isinstance(output, list) else [output]
    if kind is not OutputKind.JSON and all(isinstance(line, str) for line in lines):
        for line in lines:
            speaker.line(str(line))
        return
    speaker.line(to_json(prediction.output, indent=2))
