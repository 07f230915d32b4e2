"""`cog init`, `cog schema`, `cog check`: what needs no model to run."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tui.cli.exit_codes import EXIT_DISK, EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tui.cli.grammar import Call
from tui.cli.printing import Speaker
from tui.cog.beginnings import AlreadyThere, Template, begin
from tui.cog.check import check
from tui.cog.modules import CannotRead, Finding
from tui.cog.source import Source, read_source


def folder_of_call(call: Call) -> Path:
    """The model's folder that was named, or this one."""
    return Path(call.words[0] if call.words else ".").expanduser()


def init(call: Call, speaker: Speaker) -> int:
    """Begin a model; returns the exit code."""
    folder = folder_of_call(call)
    try:
        written = begin(folder, cast("Template", call.text("template") or "text"))
    except AlreadyThere as error:
        speaker.error(f"{folder} has {error} already; nothing was written.")
        return EXIT_USAGE
    except OSError as error:
        speaker.error(f"{folder} cannot take the files: {error.strerror or error}")
        return EXIT_DISK
    if call.json or not speaker.out_is_terminal:
        speaker.object([str(path) for path in written])
    else:
        for path in written:
            speaker.line(str(path))
    where = "" if folder == Path() else f" {folder}"
    speaker.say(f"Next: replicate-tui cog check{where}, then replicate-tui cog schema{where}")
    return EXIT_DONE


def schema(call: Call, speaker: Speaker) -> int:
    """Print the schema, and say what is not known of it; returns the exit code."""
    folder = folder_of_call(call)
    try:
        source = read_source(folder)
    except CannotRead as error:
        speaker.error(error.finding.said(folder.resolve()))
        return EXIT_USAGE
    if call.text("import"):
        return _asked(call, speaker, source)
    speaker.object(source.schema)
    for finding in source.findings:
        speaker.say(finding.said(source.folder))
    return EXIT_FAILED if source.findings else EXIT_DONE


def _asked(call: Call, speaker: Speaker, source: Source) -> int:
    import asyncio

    from tui.services.local.asked_schema import ask_model
    from tui.services.local.interpreter import CannotRun, choose, interpreter

    async def ask() -> dict[str, object]:
        return await ask_model(source, await interpreter(choose(source.folder, call.text("python"))))

    try:
        speaker.object(asyncio.run(ask()))
    except CannotRun as error:
        for line in str(error).splitlines():
            speaker.error(line)
        return EXIT_FAILED
    return EXIT_DONE


def check_model(call: Call, speaker: Speaker) -> int:
    """Print every finding; returns the exit code."""
    folder = folder_of_call(call)
    try:
        findings = check(folder)
    except CannotRead as error:
        findings = [error.finding]
    top = folder.resolve()
    if call.json or not speaker.out_is_terminal:
        speaker.object([_as_json(finding, top) for finding in findings])
    else:
        for finding in findings:
            speaker.line(f"{finding.said(top)}{'' if finding.serious else '  (a hint)'}")
    serious = sum(finding.serious for finding in findings)
    hints = len(findings) - serious
    speaker.say(f"{_counted(serious, 'error')}, {_counted(hints, 'hint')}.")
    return EXIT_FAILED if serious else EXIT_DONE


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _as_json(finding: Finding, folder: Path) -> dict[str, object]:
    path = finding.path.relative_to(folder) if finding.path.is_relative_to(folder) else finding.path
    level = "error" if finding.serious else "hint"
    return {"path": str(path), "line": finding.line or None, "level": level, "message": finding.text}
