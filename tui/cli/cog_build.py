"""`cog build` and `cog push`: the folder is checked, then the `cog` command does it, followed line by line."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cog.check import check
from tui.cog.modules import CannotRead
from tui.services.local.cog_command import MissingTool, Step, find_cog, follow, step_in
from tui.wording import duration


def build(call: Call, speaker: Speaker) -> int:
    """Build or push the image; returns the exit code. Raises KeyboardInterrupt."""
    image = next((word for word in call.words if _is_image(word)), None)
    folders = [word for word in call.words if not _is_image(word)]
    if len(folders) > 1 or len(call.words) > 2:
        speaker.error(f"{folders[-1]!r} is no image such as r8.im/OWNER/NAME, and one folder is enough.")
        return EXIT_USAGE
    folder = Path(folders[0] if folders else ".").expanduser()
    pushes = call.command == "cog push"
    try:
        if not _checked(folder, speaker, stops=pushes and not call.yes):
            return EXIT_USAGE
        return asyncio.run(_build(folder, image, speaker, pushes=pushes))
    except CannotRead as error:
        speaker.error(error.finding.said(folder.resolve()))
        return EXIT_USAGE
    except MissingTool as missing:
        for line in str(missing).splitlines():
            speaker.error(line)
        return EXIT_USAGE
    except OSError as error:
        speaker.error(f"cog cannot be run: {error.strerror or error}")
        return EXIT_DISK


def _is_image(word: str) -> bool:
    """Whether a word names an image: a registry's host, which has a dot or a port, before a slash."""
    host, slash, _ = word.partition("/")
    return bool(slash) and not word.startswith((".", "/", "~")) and ("." in host or ":" in host)


def _checked(folder: Path, speaker: Speaker, *, stops: bool) -> bool:
    """Say what is wrong with the folder; whether to go on. Raises CannotRead."""
    errors = [finding for finding in check(folder) if finding.serious]
    for finding in errors:
        speaker.say(finding.said(folder.resolve()))
    if errors and stops:
        speaker.error("Nothing was pushed. Mend it, or push all the same with --yes.")
        return False
    return True


async def _build(folder: Path, image: str | None, speaker: Speaker, *, pushes: bool) -> int:
    cog = await find_cog()
    command = (
        [cog, "push", *([image] if image else [])] if pushes else [cog, "build", *(["-t", image] if image else [])]
    )
    begun, steps = time.monotonic(), list[Step]()

    def told(line: str) -> None:
        speaker.say(line)
        step = step_in(line)
        if step is not None:
            steps.append(step)
            speaker.hint(f"step {step.number} of {step.of}  {duration(time.monotonic() - begun)}")

    code = await follow(command, folder, told)
    speaker.clear()
    took = duration(time.monotonic() - begun)
    if code == 0:
        speaker.say(f"{'Pushed' if pushes else 'Built'} in {took}.")
        return EXIT_DONE
    where = f" at step {steps[-1].number} of {steps[-1].of}" if steps else ""
    speaker.error(f"cog {'push' if pushes else 'build'} failed{where}, with code {code}, after {took}.")
    return EXIT_FAILED
