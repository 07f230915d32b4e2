"""Keeps what `cog run` ran in the archive, beside the runs of the console and those at Replicate."""

from __future__ import annotations

from tui.api.types import Prediction
from tui.cli.printing import Speaker
from tui.services.local.archive import keep_run
from tui.services.services import Services
from tui.settings import Settings
from tui.store.database import StoreError

_NOT_KEPT = "Not kept in the archive: "
_NOWHERE = "http://127.0.0.1/v1"


async def keep(settings: Settings, speaker: Speaker, prediction: Prediction) -> None:
    """Keep a run under the token's account, and say why where that cannot be. Nothing is asked of the API."""
    if settings.token is None and not settings.sandbox:
        speaker.say(f"{_NOT_KEPT}without a token it is not known whose run it is.")
        return
    try:
        services = await Services.open(
            settings.base_url or _NOWHERE,
            settings.token,
            account="sandbox" if settings.sandbox else None,
            store_path=settings.paths.store_file,
            outputs_dir=settings.paths.outputs,
            read_only=True,
        )
        try:
            await keep_run(services.session, services.downloads, prediction)
        finally:
            await services.aclose()
    except (StoreError, OSError, ValueError) as error:
        speaker.say(f"{_NOT_KEPT}{error}")
