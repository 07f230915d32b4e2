"""What one does with a prediction, the same wherever it is shown: cancel, copy, open, save, decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from textual.app import App

from tui.screens.base import ConsoleScreen
from tui.screens.dialogs.question import Ask, Option

if TYPE_CHECKING:
    from tui.api.types import Prediction
    from tui.services.services import Services
    from tui.widgets.result.result_view import ResultView


class Acting(ConsoleScreen):
    """The commands about the prediction that a screen shows."""

    def prediction(self) -> Prediction | None:
        """The prediction that the commands are about."""
        raise NotImplementedError

    def result_view(self) -> ResultView:
        """Where it is shown."""
        raise NotImplementedError

    def _need_prediction(self) -> str | None:
        return None if self.prediction() is not None else "There is no prediction here yet."

    # ---- cancel

    def why_not_cancel_prediction(self) -> str | None:
        """Only what runs can be canceled."""
        prediction = self.prediction()
        if prediction is None:
            return "There is no prediction to cancel."
        if prediction.is_terminal:
            return f"This prediction has ended already: {prediction.status}."
        return None

    async def do_cancel_prediction(self) -> None:
        """Ask, then cancel."""
        prediction, services = self.prediction(), self.services
        if prediction is None or services is None:
            return
        await self.cancel_all(services, [prediction])

    async def cancel_all(self, services: Services, predictions: list[Prediction]) -> None:
        """Ask once, then cancel each; one that could not be canceled is named."""
        one = len(predictions) == 1
        what = (
            f"{predictions[0].model or 'prediction'} {predictions[0].id[:8]}"
            if one
            else f"{len(predictions)} predictions"
        )
        answer = await self.host.push_screen_wait(
            Ask(
                f"Cancel {what}?",
                "What ran until now is billed. What came out of it stays here.",
                [
                    Option("cancel", "c", "Cancel it" if one else "Cancel them"),
                    Option("keep", "k", "Let it run"),
                ],
            )
        )
        if answer != "cancel":
            return
        for prediction in predictions:
            try:
                await services.runs.cancel(prediction.id)
            except Exception as error:  # noqa: BLE001 - each failure is shown, and the others are still canceled
                self.console.failed(f"Cancel {prediction.id[:8]}", error)

    # ---- copy and open

    why_not_copy_id = _need_prediction

    def why_not_copy(self) -> str | None:
        """Nothing to copy."""
        return None if self.result_view().copyable() else "There is nothing to copy here yet."

    def do_copy(self) -> None:
        """Copy what the open tab shows."""
        if found := self.result_view().copyable():
            text, what = found
            if not text:
                self.console.say(f"{what}: empty, nothing was copied.", severity="warning")
                return
            self.console.copy_text(text, what)

    def do_copy_id(self) -> None:
        """Copy the id."""
        if prediction := self.prediction():
            self.console.copy_text(prediction.id, "Id")

    def why_not_open_in_browser(self) -> str | None:
        """Only a prediction with a page on the web."""
        prediction = self.prediction()
        if prediction is None:
            return "There is no prediction here yet."
        web = prediction.urls.web or ""
        return None if web.startswith(("https://", "http://")) else "This prediction has no page on the web."

    async def do_open_in_browser(self) -> None:
        """Open the prediction's page."""
        prediction = self.prediction()
        if prediction is not None and prediction.urls.web:
            await self.console.open_page(prediction.urls.web)

    def do_next_tab(self) -> None:
        """The next tab."""
        self.result_view().step_tab(1)

    def do_previous_tab(self) -> None:
        """The tab before."""
        self.result_view().step_tab(-1)

    # ---- files

    def why_not_open_output(self) -> str | None:
        """Only a file that is here."""
        return None if self.result_view().current_file() else "There is no saved output file to open."

    def why_not_save_outputs(self) -> str | None:
        """Only a prediction with an output."""
        prediction = self.prediction()
        if prediction is None:
            return "There is no prediction here yet."
        if prediction.output in (None, [], ""):
            return "This prediction has no output to save."
        return None

    # ---- words

    def advice(self, prediction: Prediction | None, error: str | None) -> str:
        """What an error code means and what to do about it."""
        from tui.api.errors import help_for

        text = error or (prediction.error if prediction is not None else None)
        return (help_for(text) or "") if text else ""

    def estimate(self, prediction: Prediction | None) -> str:
        """What it may have cost, with the price and its date; empty where that is not known."""
        if prediction is None or self.services is None:
            return ""
        found = self.services.prices.prediction(
            model=prediction.model,
            status=prediction.status,
            predict_time=prediction.predict_time if prediction.is_terminal else None,
            deployment=prediction.deployment,
            created_at=prediction.created_at,
            metrics=prediction.metrics,
        )
        return f"{found} ({found.source})" if found is not None else ""

    async def decide(self, services: Services, run_id: str) -> None:
        """Let the user decide about a run whose answer was lost."""
        answer = await ask_about_lost(self.host)
        if answer is not None:
            await services.runs.resolve(run_id, answer)


async def ask_about_lost(app: App[Any]) -> Literal["look", "send", "drop"] | None:
    """What is to become of a request whose answer was lost; None when that is left open."""
    answer = await app.push_screen_wait(
        Ask(
            "The answer to this run was lost",
            "Replicate may be running it, or may never have got it. It was looked for in the list of predictions "
            "and is not there. Sending it again may pay twice.",
            [
                Option("send", "s", "Send it again"),
                Option("drop", "d", "Drop it; what you wrote is kept"),
                Option("look", "l", "Look for it once more"),
            ],
        )
    )
    return cast(Any, answer)


async def open_file(screen: Acting) -> None:
    """Open the looked-at output file with this machine's own program."""
    if (path := screen.result_view().current_file()) is not None:
        await screen.console.open_file(path)


async def save_outputs(screen: Acting) -> None:
    """Save the outputs into a folder that the user names."""
    from tui.screens.dialogs.prompt import Prompt

    prediction, services = screen.prediction(), screen.services
    if prediction is None or services is None:
        return
    folder = await screen.host.push_screen_wait(
        Prompt(
            "Save the outputs",
            "Into which folder? It is made where it does not exist.",
            str(Path.cwd() / prediction.id[:8]),
        )
    )
    if not folder:
        return
    found = screen.result_view().copyable()
    saved = await services.downloads.save(prediction, folder_of(folder))
    good = [output for output in saved if output.state == "saved"]
    bad = [output for output in saved if output.state == "failed"]
    if bad:
        screen.console.say(f"{len(bad)} not saved: {bad[0].error}", severity="error", title="Save")
    if good:
        screen.console.say(f"{len(good)} saved into {folder}")
    elif not bad and found is not None:
        screen.console.say("There was nothing to save.", severity="warning")


def folder_of(text: str) -> Path:
    return Path(text).expanduser()
