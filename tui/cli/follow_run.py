"""Starts a run and follows it to its end: the text as it comes, what happens on stderr, and the exit code.

ctrl-c never cancels unless --cancel-on-interrupt says so: the prediction may have cost much already, and its id and
the command that cancels it are printed. While the creation is under way, its answer is waited for, so that the id is
known; a second ctrl-c leaves at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable, Generator

from tui.api.error_codes import help_for
from tui.api.errors import ApiError
from tui.api.types import Prediction, Training
from tui.cli.cost import with_cost
from tui.cli.exit_codes import EXIT_API, EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED
from tui.cli.grammar import Call
from tui.cli.output import print_output
from tui.cli.printing import Speaker
from tui.cli.save_output import save_output, unsaved
from tui.forms import Form
from tui.services import bus
from tui.services.runs.run import Run
from tui.services.services import Services
from tui.store.records import Kind
from tui.wording import duration, mark, percent

GIVE_UP = 300.0
"""Seconds without an answer after which the command ends with code 4: a script must not hang for ever."""
_LOG_LINES = 15
_STATES = {"draft": "preparing…", "uploading": "uploading…"}
_BEFORE_CREATION = ("draft", "uploading", "waiting")


class Follower:
    """One run of the command line."""

    def __init__(
        self, call: Call, services: Services, speaker: Speaker, *, sandbox: bool, kind: Kind = "prediction"
    ) -> None:
        self._call = call
        self._kind: Kind = kind
        self._services = services
        self._speaker = speaker
        self._sandbox = sandbox
        self._run: Run | None = None
        self._news = asyncio.Event()
        self._interrupts = 0
        self._written = ""
        """The streamed text that is on stdout."""
        self._pipe: BrokenPipeError | None = None
        self._begun = time.monotonic()
        self._silent_since: float | None = None
        """Since when the API has not answered (time.monotonic())."""
        self._early: list[bus.Event] = []

    async def run(self, start: Callable[[], Awaitable[Run]], form: Form) -> int:
        """Create by `start`, follow, print. Returns the exit code. Raises ApiError and BrokenPipeError."""
        unsubscribe = self._services.bus.subscribe(self._heard)
        try:
            with self._interruptible():
                self._run = await start()
                for event in self._early:
                    self._heard(event)
                await self._until_over()
        finally:
            unsubscribe()
            self._speaker.clear()
        if self._pipe is not None:
            self._goes_on()
            raise self._pipe
        return await self._ending(form)

    # ---- following

    def _heard(self, event: bus.Event) -> None:
        run = self._run
        if run is None:
            self._early.append(event)
            return
        if isinstance(event, bus.RunChanged) and event.run.id == run.id:
            self._run = event.run
            self._tell(event.run)
        elif isinstance(event, bus.OutputText) and self._is_ours(event.prediction_id):
            self._text(event.text)
        elif isinstance(event, bus.Waiting):
            self._speaker.status(f"{event.reason}: waiting {event.seconds:.0f} s")
        elif isinstance(event, bus.Stale):
            self._silent_since = (self._silent_since or time.monotonic()) if event.error else None
            if event.error:
                self._speaker.status(f"The API does not answer ({event.error}); asking again…")
        self._news.set()

    def _is_ours(self, prediction_id: str) -> bool:
        record = self._run.record if self._run else None
        return record is not None and record.prediction.id == prediction_id

    def _text(self, text: str) -> None:
        if not self._call.stream or self._pipe is not None:
            return
        try:
            if not text.startswith(self._written):
                # What is printed cannot be taken back: the whole text follows on a line of its own.
                self._speaker.say("The output began anew.")
                self._speaker.write("\n")
                self._written = ""
            self._speaker.write(text[len(self._written) :])
            self._written = text
        except BrokenPipeError as error:
            self._pipe = error
            self._news.set()

    def _tell(self, run: Run) -> None:
        """Say what happens now, as long as no text of the model stands on the same terminal."""
        if self._written and self._speaker.out_is_terminal:
            return
        self._speaker.status(self._words(run))

    def _words(self, run: Run) -> str:
        if run.record is None:
            words = f"creating the {self._kind}…" if run.state == "creating" else _STATES.get(run.state, run.state)
            # Where each word is a line of its own, an upload does not say each per cent.
            return run.message or words if self._speaker.rewrites or run.state == "waiting" else words
        prediction = run.record.prediction
        words = f"{prediction.id}  {mark(prediction.status).word}"
        if not self._speaker.rewrites:
            return words
        if run.progress is not None:
            words += f"  {percent(run.progress.fraction)}"
        if run.message:
            words += f"  {run.message}"
        return f"{words}  {duration(time.monotonic() - self._begun)}"

    async def _until_over(self) -> None:
        while not self._is_over():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                # The seconds on the status line go on while nothing else happens.
                await asyncio.wait_for(self._news.wait(), 1.0)
            if self._run is not None and self._silent_since is None:
                self._tell(self._run)

    def _given_up(self) -> bool:
        return self._silent_since is not None and time.monotonic() - self._silent_since > GIVE_UP

    def _is_over(self) -> bool:
        run = self._run
        if run is None or run.ended or run.state == "unknown" or self._pipe is not None or self._given_up():
            return True
        created = run.record is not None
        if self._interrupts and (created or run.state in _BEFORE_CREATION):
            return True
        return self._interrupts > 1 or (self._call.wait is False and created)

    # ---- ctrl-c

    @contextlib.contextmanager
    def _interruptible(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupt)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)

    def _interrupt(self) -> None:
        self._interrupts += 1
        run = self._run
        if self._interrupts == 1 and run is not None and run.state == "creating" and run.record is None:
            self._speaker.say("Waiting for the answer to the creation, so that its id is known; ctrl-c leaves at once.")
        self._news.set()

    def _goes_on(self) -> None:
        """Say that the prediction is still alive, and how to see and to cancel it."""
        prediction = self._prediction()
        if prediction is None or prediction.is_terminal:
            return
        if self._sandbox:
            self._speaker.say(
                f"{self._kind.title()} {prediction.id} ends with the sandbox, when no other console uses it."
            )
            return
        cancel = "cancel" if self._kind == "prediction" else "trainings cancel"
        self._speaker.say(f"{self._kind.title()} {prediction.id} goes on, and is billed until it ends.")
        self._speaker.say(f"  cancel it:  replicate-tui {cancel} {prediction.id}")
        self._speaker.say(f"  see it:     replicate-tui {self._kind}s {prediction.id}")

    async def _interrupted(self) -> int:
        prediction = self._prediction()
        if prediction is None:
            run = self._run
            if run is not None and run.state in _BEFORE_CREATION:
                self._speaker.say("Nothing was sent.")
                return EXIT_INTERRUPTED
            self._speaker.say("The answer to the creation did not come: it may exist, and may be billed.")
            self._speaker.say(f"  look:  replicate-tui {self._kind}s")
            return EXIT_INTERRUPTED
        if not self._call.cancel_on_interrupt:
            self._goes_on()
            return EXIT_INTERRUPTED
        self._speaker.say(f"Canceling {prediction.id}…")
        try:
            await self._services.runs.cancel(prediction.id, self._kind)
        except ApiError as error:
            self._speaker.error(f"{prediction.id} could not be canceled: {error}")
            self._goes_on()
            return EXIT_INTERRUPTED
        self._speaker.say(f"{prediction.id} is canceled.")
        return EXIT_INTERRUPTED

    # ---- the end

    def _prediction(self) -> Prediction | None:
        record = self._run.record if self._run else None
        return record.prediction if record else None

    async def _ending(self, form: Form) -> int:
        run = self._run
        if run is None:
            return EXIT_API
        if run.state == "unknown" and run.record is None:
            return self._never_created(run)
        if self._interrupts and not run.ended:
            return await self._interrupted()
        prediction = self._prediction()
        if prediction is None:
            return self._never_created(run)
        if self._call.wait is False and not prediction.is_terminal:
            return self._created(prediction)
        if not run.ended and self._given_up():
            self._speaker.error(f"The API has not answered for {duration(GIVE_UP)}. The {self._kind} is not lost.")
            self._goes_on()
            return EXIT_API
        code = EXIT_DONE if prediction.status == "succeeded" else EXIT_FAILED
        if code == EXIT_DONE:
            self._finish_text(prediction, form)
        elif self._written and not self._written.endswith("\n"):
            self._speaker.write("\n")
        if self._as_json:
            self._speaker.object(with_cost(self._services.prices, prediction))
        if code != EXIT_DONE:
            self._why(prediction)
        return await self._saved(code, prediction, form)

    @property
    def _as_json(self) -> bool:
        return self._call.json or not (self._call.stream or self._speaker.out_is_terminal)

    def _finish_text(self, prediction: Prediction, form: Form) -> None:
        """What of the output was not streamed, in the form that people or pipes want."""
        if self._as_json:
            return
        if isinstance(prediction, Training):
            self._speaker.line(prediction.trained_version or prediction.weights or prediction.id)
            return
        outputs = self._run.record.outputs if self._run and self._run.record else ()
        print_output(self._speaker, prediction, form.output, outputs, self._written)

    def _created(self, prediction: Prediction) -> int:
        if self._as_json:
            self._speaker.object(prediction.raw)
        else:
            self._speaker.line(prediction.id)
        if self._sandbox:
            self._goes_on()
        return EXIT_DONE

    def _never_created(self, run: Run) -> int:
        """The exit code. Raises the ApiError that refused it."""
        if run.state == "unknown":
            self._speaker.error(run.error or "The answer to the creation was lost.")
            self._speaker.say("It may be billed, and is not sent again by itself.")
            self._speaker.say(f"  look:    replicate-tui {self._kind}s --json")
            self._speaker.say(f"  decide:  replicate-tui {self._kind}s   (x, in the console)")
            return EXIT_API
        if run.refusal is not None:
            # The command words it, and knows its exit code, as for every other request.
            raise run.refusal
        self._speaker.error(run.error or f"The {self._kind} was not created ({run.state}).")
        return EXIT_API

    def _why(self, prediction: Prediction) -> None:
        """The end that was not wished for: the error, what to do about it, and the last lines of the log."""
        self._speaker.error(
            f"{prediction.id} {prediction.status}" + (f": {prediction.error}" if prediction.error else "")
        )
        advice = help_for(prediction.error)
        if advice:
            self._speaker.say(advice)
        lines = prediction.logs.strip().splitlines()
        if lines and prediction.status == "failed":
            self._speaker.say(f"The last lines of its log ({len(lines)} in all):")
            for line in lines[-_LOG_LINES:]:
                self._speaker.say(f"  {line[:500]}")

    async def _saved(self, code: int, prediction: Prediction, form: Form) -> int:
        """Save as --save says, or see to it that what is kept by itself is kept; the exit code with that."""
        outputs = self._run.record.outputs if self._run and self._run.record else ()
        if self._call.save is None:
            return code or unsaved(self._speaker, outputs)
        text = self._written or (self._run.text if self._run else "")
        saving = await save_output(self._speaker, self._call.save, prediction, form.output, outputs, text)
        return code or saving
