"""Operations on models, their versions, examples and READMEs."""

from __future__ import annotations

from typing import Literal

from tui.api.lost_changes import settled

from .core import JSON_HEADERS, Repeat, json_body
from .decoding import decode
from .errors import NotFound
from .operations import Operations
from .pages import Pages
from .text import clean
from .types import Model, Prediction, Version


class ModelOperations(Operations):
    """models.*"""

    def models(
        self,
        sort_by: Literal["model_created_at", "latest_version_created_at"] | None = None,
        sort_direction: Literal["asc", "desc"] | None = None,
    ) -> Pages[Model]:
        """Every public model and one's own, 25 to a page (docs/replicate.md, Pages and filters)."""
        params = {"sort_by": sort_by, "sort_direction": sort_direction}
        return Pages(self._core, Model, self._core.url("models"), params=params)

    def search_models(self, query: str) -> Pages[Model]:
        """Public models that a text finds: the QUERY operation models.search."""
        return Pages(self._core, Model, self._core.url("models"), query=query)

    async def model(self, owner: str, name: str) -> Model:
        """One model with its latest version."""
        answer = await self._core.request("GET", self._core.url("models", owner, name))
        value = await self._core.object_of(answer)
        return await self._core.worked(len(answer.body), lambda: decode(Model, value))

    async def readme(self, owner: str, name: str) -> str | None:
        """A model's README in Markdown, cleaned; None when it has none."""
        try:
            answer = await self._core.request(
                "GET", self._core.url("models", owner, name, "readme"), headers={"Accept": "text/plain, */*"}
            )
        except NotFound:
            return None
        return clean(answer.body.decode("utf-8", "replace"))

    def examples(self, owner: str, name: str) -> Pages[Prediction]:
        """The predictions that the model's owner chose to show."""
        return Pages(self._core, Prediction, self._core.url("models", owner, name, "examples"))

    def versions(self, owner: str, name: str) -> Pages[Version]:
        """A model's versions, newest first."""
        return Pages(self._core, Version, self._core.url("models", owner, name, "versions"))

    async def version(self, owner: str, name: str, version_id: str) -> Version:
        """One version with its schema."""
        address = self._core.url("models", owner, name, "versions", version_id)
        return decode(Version, await self._core.get_object(address))

    async def create_model(
        self,
        owner: str,
        name: str,
        *,
        hardware: str,
        visibility: Literal["public", "private"],
        description: str | None = None,
        github_url: str | None = None,
        paper_url: str | None = None,
        license_url: str | None = None,
        cover_image_url: str | None = None,
    ) -> Model:
        """A new, empty model. It is sent once; a lost answer is looked for by the name, which only one can have.

        Raises ChangeUnknown where it is not found, and the API's refusal.
        """
        fields = {
            "owner": owner,
            "name": name,
            "hardware": hardware,
            "visibility": visibility,
            "description": description,
            "github_url": github_url,
            "paper_url": paper_url,
            "license_url": license_url,
            "cover_image_url": cover_image_url,
        }

        async def send() -> Model:
            answer = await self._core.request(
                "POST",
                self._core.url("models"),
                repeat=Repeat.NEVER,
                body=json_body({key: value for key, value in fields.items() if value is not None}),
                headers=JSON_HEADERS,
            )
            return decode(Model, await self._core.object_of(answer))

        async def look() -> Model | None:
            found = await self.model(owner, name)
            # One that has versions, or says something else, was there before.
            same = found.visibility == visibility and found.description == clean(description or "")
            return found if same and found.latest_version is None else None

        return await settled(self._core, send, look, f"the model {owner}/{name}")

    async def update_model(
        self,
        owner: str,
        name: str,
        *,
        description: str | None = None,
        readme: str | None = None,
        github_url: str | None = None,
        paper_url: str | None = None,
        license_url: str | None = None,
        weights_url: str | None = None,
    ) -> Model:
        """A model with what is given changed. "" empties a field; what is None stays."""
        fields = {
            "description": description,
            "readme": readme,
            "github_url": github_url,
            "paper_url": paper_url,
            "license_url": license_url,
            "weights_url": weights_url,
        }
        answer = await self._core.request(
            "PATCH",
            self._core.url("models", owner, name),
            body=json_body({key: value for key, value in fields.items() if value is not None}),
            headers=JSON_HEADERS,
        )
        return decode(Model, await self._core.object_of(answer))

    async def delete_model(self, owner: str, name: str) -> None:
        """Deletes one's own private model without versions."""
        await self._core.delete(self._core.url("models", owner, name))

    async def delete_version(self, owner: str, name: str, version_id: str) -> None:
        """Has a version deleted, with its predictions and files; that takes Replicate some minutes."""
        await self._core.delete(self._core.url("models", owner, name, "versions", version_id))
