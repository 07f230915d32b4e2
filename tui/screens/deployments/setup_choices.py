"""What can be chosen in the form of a deployment: asked for, and put into its fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.screens.base import ConsoleScreen
from tui.screens.command_host import NOT_CONNECTED
from tui.screens.deployments.setup_fields import SetupFields, hardware_rows, version_rows
from tui.toolkit.workers import work
from tui.widgets.picker import Row

if TYPE_CHECKING:
    from tui.api.types import Version
    from tui.services.deployments.setup import Setup
    from tui.services.services import Services


class SetupChoices:
    """The hardware, the versions of the chosen model, and the search for a model."""

    def __init__(
        self,
        screen: ConsoleScreen,
        before: Callable[[], Setup | None],
        changed: Callable[[], None],
        hardware_known: Callable[[Sequence[Row]], object],
    ) -> None:
        """`before`: what is deployed; `changed` is called when a choice was made here, `hardware_known` when the API
        has told what there is."""
        self._hardware_known = hardware_known
        self._screen = screen
        self._before = before
        self._changed = changed
        self._versions: tuple[Version, ...] = ()
        """Of the chosen model, newest first."""
        self._versions_of = ""

    @property
    def _fields(self) -> SetupFields:
        return self._screen.query_one(SetupFields)

    def load(self, services: Services) -> None:
        """Ask for what does not depend on the model."""
        work(self._screen, "Hardware", "hardware", self._load_hardware, services)

    async def _load_hardware(self, services: Services) -> None:
        self._fields.set_rows("hardware", (), "asking for the hardware…")
        found = await services.deployments.hardware()
        rows = hardware_rows(found, services.prices)
        self._fields.set_rows("hardware", rows)
        self._hardware_known(rows)

    def model_chosen(self, model: str) -> None:
        """Ask for the versions of another model."""
        services = self._screen.services
        if services is not None and model and model != self._versions_of:
            self._versions_of = model
            work(self._screen, f"Versions of {model}", "versions", self._load_versions, services, model)

    async def _load_versions(self, services: Services, model: str) -> None:
        from tui.api.errors import ApiError

        self._fields.set_rows("version", (), "asking for the versions…")
        try:
            found = (await services.catalogue.versions(model, refresh=True)).value
            if not found:
                latest = (await services.catalogue.model(model)).latest_version
                found = (latest,) if latest is not None and latest.id else ()
        except ApiError as error:
            self._versions_of = ""
            self._fields.set_rows("version", (), str(error))
            return
        if model != self._versions_of:
            return
        self._versions = found
        self._fields.set_rows("version", version_rows(found), "it has no versions that could be deployed")
        if found and not self._fields.values.get("version"):
            self._fields.set_values({"version": found[0].id})
        self._changed()

    def search_models(self, typed: str) -> None:
        """Choose a model in a dialog; a version of another one cannot stay."""
        from tui.screens.models.model_picker import ModelPicker

        services, here = self._screen.services, self._fields.values.get("model", "")
        if services is None:
            self._screen.console.say(NOT_CONNECTED, severity="warning")
            return

        def picked(row: Row | None) -> None:
            if row is not None and row.value is not None and row.value != here:
                self._fields.replace({"model": row.value, "version": None})
                self.model_chosen(row.value)
                self._changed()

        self._screen.host.push_screen(ModelPicker("Model", services, here=here, typed=typed), picked)

    def why_not_compare_versions(self) -> str | None:
        """Two versions are needed."""
        return None if len(self._versions) > 1 else "This model has only one version."

    def do_compare_versions(self) -> None:
        """Compare any two versions of the model."""
        from tui.screens.models.version_compare import VersionCompare

        before = self._before()
        old, new = before.version if before is not None else "", self._fields.values.get("version", "")
        self._screen.host.push_screen(VersionCompare(self._versions_of, self._versions, old=old, new=new))
