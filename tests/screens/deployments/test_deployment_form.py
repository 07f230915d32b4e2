"""The form of a deployment: its draft, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.deployments_api import Deployed
from tests.support.fake_api import Api, Request
from tests.support.opened_console import OpenedConsole, opened_console
from tui.navigation import Place
from tui.screens.deployments.deployment_form import DeploymentForm
from tui.services.usage.budget import Budgets
from tui.settings.budget import Budget

pytestmark = pytest.mark.timeout(240)

KEY = "deployment:ada/photos"
DRAFT = {"max_instances": "2", "@release": "1"}


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    async with Api() as server:
        yield server


async def change_instances(console: OpenedConsole) -> None:
    """The form of ada/photos, with one instance more."""
    deployment = await console.services.deployments.get("ada/photos")
    screen = DeploymentForm(deployment, focus="max_instances")
    console.app.push_screen(screen)
    await console.until(lambda: screen.is_mounted and console.form.focused_field == "max_instances")
    await console.press("right")
    await console.until_draft(KEY, DRAFT)
    await console.press("ctrl+r")
    await console.shows("Update ada/photos?")


async def test_the_draft_of_a_form_that_was_sent_is_gone(api: Api, tmp_path: Path) -> None:
    Deployed(api).put()
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await change_instances(console)
        await console.press("s")
        await console.until(lambda: not isinstance(console.app.screen, DeploymentForm))
        assert await console.draft(KEY) is None
    assert api.count("PATCH", "/deployments/ada/photos") == 1


@pytest.mark.parametrize("answer", ["b", "escape"])
async def test_the_draft_of_a_form_that_was_not_sent_stays(api: Api, tmp_path: Path, answer: str) -> None:
    Deployed(api).put()
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await change_instances(console)
        await console.press(answer)
        await console.until(lambda: isinstance(console.app.screen, DeploymentForm))
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, DeploymentForm))
        assert await console.draft(KEY) == DRAFT
    assert api.count("PATCH", "/deployments/ada/photos") == 0


async def test_a_change_that_was_dropped_for_anothers_release_comes_back(api: Api, tmp_path: Path) -> None:
    deployed = Deployed(api)
    deployed.put()
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await change_instances(console)
        deployed.change(hardware="gpu-t4")
        await console.press("s")
        await console.shows("Somebody else changed it")
        await console.press("d")
        await console.shows("your change was dropped")
        assert console.form.values["max_instances"] == "1"
        await console.press("ctrl+z")
        await console.until(lambda: console.form.values["max_instances"] == "2")


@pytest.mark.parametrize("size", [(80, 24), (120, 30)])
async def test_what_it_may_cost_stands_beside_the_button_and_follows_what_is_chosen(
    api: Api, tmp_path: Path, size: tuple[int, int]
) -> None:
    Deployed(api).put(hardware="gpu-t4", min_instances=1, max_instances=1)
    async with opened_console(api, tmp_path, Place("deployments"), size=size) as console:
        # In the list, in the sight of the first screen.
        await console.shows("≈ $591")
        deployment = await console.services.deployments.get("ada/photos")
        screen = DeploymentForm(deployment, focus="max_instances")
        console.app.push_screen(screen)
        await console.until(lambda: screen.is_mounted and console.form.focused_field == "max_instances")
        await console.until(lambda: "≈ $591 a month" in foot(console))
        await console.press("right")
        await console.until(lambda: "≈ $591–1,183 a month" in foot(console))


def foot(console: OpenedConsole) -> str:
    """The line of the button."""
    return next((line for line in console.text.split("\n") if "Update  ^r" in line), "")


async def test_the_deployment_under_the_cursor_stands_beside_the_list_with_its_cost(api: Api, tmp_path: Path) -> None:
    Deployed(api).put(hardware="gpu-t4", min_instances=1, max_instances=2)
    async with opened_console(api, tmp_path, Place("deployments"), size=(120, 30)) as console:
        await console.shows("≈ $591–1,183 a month")
        table, view = (console.app.screen.query_one(name).region for name in ("#deployments-list", "#deployment-view"))
        assert table.y == view.y and table.right <= view.x


@pytest.mark.parametrize(("month", "warns"), [(590.0, True), (592.0, False)])
@pytest.mark.parametrize(("answer", "sent"), [("s", 1), ("b", 0)])
async def test_an_instance_more_that_would_pass_the_budget_is_told_before_it_is_sent(
    api: Api, tmp_path: Path, month: float, warns: bool, answer: str, sent: int
) -> None:
    Deployed(api).put(hardware="gpu-t4", min_instances=0, max_instances=2)
    async with opened_console(api, tmp_path, Place("deployments"), size=(120, 40)) as console:
        services = console.services
        services.budget = Budgets(services.session, services.usage, Budget(month=month))
        screen = DeploymentForm(await services.deployments.get("ada/photos"), focus="min_instances")
        console.app.push_screen(screen)
        await console.until(lambda: screen.is_mounted and console.form.focused_field == "min_instances")
        await console.press("right", "ctrl+r")
        await console.shows("Update ada/photos?")
        words = "What stands by more in a month may cost ≈ $591"
        assert (words in " ".join(console.text.replace("│", " ").split())) is warns
        await console.press(answer)
        await console.until(lambda: not console.app.screen.is_modal)
        await console.until(lambda: api.count("PATCH", "/deployments/ada/photos") == sent)
    assert api.count("PATCH", "/deployments/ada/photos") == sent


async def test_the_prices_of_all_hardware_stand_beside_the_form_and_the_chosen_one_is_marked(
    api: Api, tmp_path: Path
) -> None:
    async def listed(request: Request) -> None:
        names = {"cpu": "CPU", "gpu-t4": "Nvidia T4 GPU", "brand-new": "Of tomorrow"}
        request.answer([{"sku": sku, "name": name} for sku, name in names.items()])

    api.on["GET", "/v1/hardware"] = listed
    Deployed(api).put(hardware="gpu-t4")
    async with opened_console(api, tmp_path, Place("deployments")) as console:
        await console.press("n")
        await console.shows("The hardware, one instance of it")
        beside = [line.rpartition("│")[2].rstrip() for line in console.text.splitlines()]
        told = next(line for line in beside if line.split()[:1] == ["gpu-t4"])
        assert "≈ $0.81/h" in told
        assert any(line.split() == ["brand-new", "price", "not", "known"] for line in beside)
        await console.press("escape")
        await console.until(lambda: not isinstance(console.app.screen, DeploymentForm))
        await console.press("e")
        await console.shows("› gpu-t4")
