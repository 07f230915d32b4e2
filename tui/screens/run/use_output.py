"""An output as an input of another model: which output, of which model, into which field; then that model's form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED
from tui.widgets.picker import Picker, Row

if TYPE_CHECKING:
    from tui.forms import Field
    from tui.services.services import Services
    from tui.widgets.result.result_view import ResultView


class Output(Struct, frozen=True):
    """One output of a prediction that a model may get."""

    prediction_id: str
    name: str
    """What it is called."""
    index: int | None = None
    """Which file of the prediction it is; None for a text."""
    text: str = ""


class Outputs(Protocol):
    """The outputs that a screen shows."""

    def has_any(self) -> bool:
        """Whether there is one; asked often."""
        ...

    def all_of(self) -> Sequence[Output]:
        """Each of them, in their order."""
        ...

    def pointed(self) -> Output | None:
        """The one that the cursor is on, if it is on one."""
        ...


OpenForm = Callable[[ConsoleScreen, str, Mapping[str, str], "str | None"], object]
"""Opens the form of "owner/name" over a screen, with texts by its inputs, and with something to say."""


class UseOutput:
    """Answers for a screen that shows outputs: give it to the screen's `command_objects`."""

    def __init__(self, screen: ConsoleScreen, outputs: Callable[[], Outputs], open_form: OpenForm) -> None:
        self._screen = screen
        self._outputs = outputs
        self._open_form = open_form

    def why_not_use_as_input(self) -> str | None:
        """Only an output that there is."""
        if self._screen.services is None:
            return NOT_CONNECTED
        return None if self._outputs().has_any() else "There is no output here that a model could get."

    async def do_use_as_input(self) -> None:
        """Ask what is to get it, and open that form; what Replicate has deleted meanwhile is said before."""
        from tui.services.files.earlier_outputs import NoOutput

        services, output = self._screen.services, await self._output()
        if services is None or output is None:
            return
        try:
            given = await _given(services, output)
        except NoOutput as error:
            words = f"{output.name} of {output.prediction_id[:12]} cannot be used: {error}."
            self._screen.console.say(words, severity="error")
            return
        found = await ask_place(self._screen, services, files=output.index is not None)
        if found is None:
            return
        ref, field = found
        message = None
        if output.index is not None and isinstance(given, str):
            message = "It was not saved here: Replicate deletes it an hour after its prediction."
        self._open_form(self._screen, ref, {field.name: text_for(field, given)}, message)

    async def _output(self) -> Output | None:
        if (pointed := self._outputs().pointed()) is not None:
            return pointed
        outputs = self._outputs().all_of()
        if len(outputs) < 2:
            return next(iter(outputs), None)
        rows = [Row(str(place), one.name) for place, one in enumerate(outputs)]
        row = await self._screen.host.push_screen_wait(Picker("Use which output?", rows))
        return outputs[int(row.value)] if row is not None and row.value is not None else None


async def ask_place(screen: ConsoleScreen, services: Services, *, files: bool) -> tuple[str, Field] | None:
    """Ask which model is to get a file, or a text: its "owner/name" and one of its inputs; None after escape."""
    from tui.api.errors import ApiError
    from tui.screens.run.input_model_picker import InputModelPicker
    from tui.services.models.input_fields import asked_fields

    host, typed = screen.host, ""
    while True:
        row = await host.push_screen_wait(InputModelPicker(services, files=files, typed=typed))
        if row is None or row.value is None:
            return None
        typed = row.value
        try:
            fields = await asked_fields(services.catalogue, typed, files=files)
        except ApiError as error:
            screen.console.say(str(error), severity="warning")
            continue
        if not fields:
            what = "file" if files else "text"
            screen.console.say(f"{typed} has no input that takes a {what}.", severity="warning")
            continue
        if len(fields) == 1:
            return typed, fields[0]
        rows = [Row(one.name, one.name, one.description) for one in fields]
        chosen = await host.push_screen_wait(Picker(f"Into which input of {typed}?", rows))
        if chosen is not None:
            return typed, next(one for one in fields if one.name == chosen.value)


async def _given(services: Services, output: Output) -> Path | str:
    """What is put into the field: a path on this machine, an address, or a text. Raises NoOutput, ApiError."""
    from tui.services.files.earlier_outputs import NoOutput, earlier_output, file_of

    if output.index is None:
        if not output.text:
            raise NoOutput("its text is not kept here")
        return output.text
    return await file_of(services.session, await earlier_output(services.session, output.prediction_id), output.index)


def text_for(field: Field, given: Path | str) -> str:
    """The text of the form that means it."""
    from tui.forms import FileInput, Kind, to_text

    value = FileInput.parse(f"@{given}") if isinstance(given, Path) else given
    return to_text(field, [value] if field.kind is Kind.LIST else value)


class ResultOutputs:
    """The outputs of a result that is shown, for `UseOutput`."""

    def __init__(self, view: ResultView) -> None:
        self._view = view

    def has_any(self) -> bool:
        """Whether something came."""
        from tui.widgets.result.result_words import output_kind

        shown = self._view.shown
        return shown is not None and shown.prediction is not None and output_kind(shown) != "none"

    def all_of(self) -> list[Output]:
        """Its files and its texts, in their order."""
        from tui.widgets.result.output_parts import file_items, parts_of
        from tui.widgets.result.result_words import output_kind, output_text

        shown = self._view.shown
        prediction = shown.prediction if shown is not None else None
        if shown is None or prediction is None or not self.has_any():
            return []
        if output_kind(shown) == "text":
            return [Output(prediction.id, "The text", text=output_text(shown))]
        items = file_items(shown)
        places = {one.path: one.index for one in shown.outputs if one.path is not None}
        files = [
            Output(prediction.id, item.name, places.get(item.path, place) if item.path is not None else place)
            for place, item in enumerate(items)
        ]
        parts = parts_of(prediction.output, items)
        texts = [Output(prediction.id, name, text=text) for name, text in parts.texts]
        whole = [] if files or texts else [Output(prediction.id, "The output", text=output_text(shown))]
        return [*files, *texts, *whole]

    def pointed(self) -> Output | None:
        """The file that the cursor is on, while its sheet has the focus."""
        sheet = self._view.sheet()
        if sheet is None or not sheet.has_focus:
            return None
        outputs = self.all_of()
        return outputs[sheet.index] if sheet.index < len(outputs) else None
