"""What stands beside the list of deployments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployments_api import Deployed
from tests.support.fake_api import Api
from tests.support.opened_console import opened_console
from tui.navigation import Place


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def test_beside_an_empty_list_stand_words_and_no_tabs_and_beside_a_deployment_its_facts(
    api: Api, tmp_path: Path
) -> None:
    deployed = Deployed(api)
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await console.shows("Nothing is deployed.")
        await console.shows("The one under the cursor is shown here.")
        assert "Releases" not in console.text
        deployed.put("lakes", min_instances=1, max_instances=2)
        await console.press("R")
        await console.shows("Releases")
        await console.until(lambda: "1 to 2" in console.text)
        assert "shown here" not in console.text
