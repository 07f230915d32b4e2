"""code: an earlier request in Python, Node, cURL or this command line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tui.api.types import Target
from tui.cli.api_command import Asker, BadWord, parse_id
from tui.cli.exit_codes import EXIT_DONE
from tui.services.runs.code_samples import writer


async def code(asker: Asker) -> int:
    """code ID"""
    prediction = await asker.client.prediction(parse_id(asker.word, "prediction"))
    username = "" if prediction.deployment is None else (await asker.client.account()).username or ""
    target = Target.of_prediction(prediction, username)
    if target is None:
        raise BadWord(f"The API does not tell which model {prediction.id} ran on.")
    if prediction.data_removed:
        asker.speaker.error(f"Replicate has removed the input of {prediction.id}: the code has none.")
    written = writer(target, prediction.input)(asker.call.text("language") or "python")
    if asker.call.json:
        asker.speaker.object({"language": asker.call.text("language") or "python", "code": written})
    else:
        asker.speaker.write(written)
    return EXIT_DONE


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {"code": code}
