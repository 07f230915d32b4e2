"""The models of this account: made, changed and deleted. A refusal is told with its rule.

The rules: docs/replicate.md, Operations.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Literal

from tui.api.errors import ApiError, ChangeUnknown, InvalidInput, NotFound
from tui.api.types import Model, Version
from tui.services.models.catalogue import Catalogue
from tui.services.outcome import Applied, Refused, Unsure
from tui.services.session import Session

TO_CREATE = (
    "owner",
    "name",
    "visibility",
    "hardware",
    "description",
    "github_url",
    "paper_url",
    "license_url",
    "cover_image_url",
)
"""What a new model is made with (models.create)."""
TO_CHANGE = ("description", "github_url", "paper_url", "license_url", "weights_url")
"""What can be changed later, beside the README (models.update): neither visibility nor hardware nor cover image."""
UNCHANGED = "Nothing changes: this is how the model is already."
MODEL_RULE = "Only your own private models without versions can be deleted: delete their versions first."
VERSION_RULE = (
    "A version can be deleted when the model is yours and private, nobody else ran it, no training started from it, "
    "no deployment runs it, and no other version takes its place."
)


Outcome = Applied[Model] | Unsure | Refused


class OwnModels:
    """Changes models of the account. Raises StoreError, and of what it deletes the API's refusal."""

    def __init__(self, session: Session, catalogue: Catalogue) -> None:
        self._session = session
        self._catalogue = catalogue

    def is_mine(self, model: Model) -> bool:
        """Whether the model belongs to the account, as far as its name is known."""
        user = self._session.username
        return user is not None and model.owner.lower() == user.lower()

    async def create(self, values: Mapping[str, str]) -> Outcome:
        """Make a model from texts by the names of TO_CREATE. Unsure where its answer was lost and it is not there.

        A name can be taken once only, so that sending it again cannot make a second one.
        """
        client = self._session.client
        owner, name = values.get("owner", ""), values.get("name", "")
        visibility: Literal["public", "private"] = "public" if values.get("visibility") == "public" else "private"
        try:
            made = await client.create_model(
                owner,
                name,
                hardware=values.get("hardware", ""),
                visibility=visibility,
                description=values.get("description") or None,
                github_url=values.get("github_url") or None,
                paper_url=values.get("paper_url") or None,
                license_url=values.get("license_url") or None,
                cover_image_url=values.get("cover_image_url") or None,
            )
        except ChangeUnknown as error:
            return Unsure(f"{error} A name can be taken once only: sending it again cannot make a second one.")
        except ApiError as error:
            return Refused.of(error, TO_CREATE)
        await self._keep(made)
        return Applied(made)

    async def look(self, ref: str) -> Outcome:
        """Whether a model whose creation got no answer is there by now."""
        owner, _, name = ref.partition("/")
        try:
            return Applied(await self._session.client.model(owner, name))
        except NotFound:
            return Unsure(f"{ref} is not there so far.")
        except ApiError as error:
            return Unsure(f"Looking failed: {error}")

    async def update(self, model: Model, values: Mapping[str, str]) -> Outcome:
        """Change the fields that `values` gives; "" empties one.

        The change may be sent twice when its answer is lost: it is the same however often it is sent.
        """
        client = self._session.client
        changed = {name: values[name] for name in (*TO_CHANGE, "readme") if name in values}
        if not changed:
            return Refused(InvalidInput(UNCHANGED), rest=UNCHANGED)
        try:
            found = await client.update_model(
                model.owner,
                model.name,
                description=changed.get("description"),
                readme=changed.get("readme"),
                github_url=changed.get("github_url"),
                paper_url=changed.get("paper_url"),
                license_url=changed.get("license_url"),
                weights_url=changed.get("weights_url"),
            )
        except ApiError as error:
            return Refused.of(error, TO_CHANGE)
        await self._keep(found)
        if "readme" in changed:
            # The change is made; that its page cannot be read right now is no failure of it.
            with contextlib.suppress(ApiError):
                await self._catalogue.readme(model.ref, refresh=True)
        return Applied(found)

    async def delete(self, model: Model) -> None:
        """Delete a model. Raises the API's refusal (`why_not_deleted`)."""
        await self._session.client.delete_model(model.owner, model.name)
        await self._session.store.forget_model(self._session.account, model.ref)

    async def delete_version(self, model: Model, version_id: str) -> None:
        """Have a version deleted, with its predictions and files: Replicate takes some minutes for it."""
        await self._session.client.delete_version(model.owner, model.name, version_id)

    async def _keep(self, model: Model) -> None:
        await self._session.store.save_models(self._session.account, [model])


def changed_texts(model: Model, texts: Mapping[str, str]) -> dict[str, str]:
    """Which of the texts differ from what the model has; weights, which the API does not tell, when they are given."""
    now = {
        "description": model.description,
        "github_url": model.github_url or "",
        "paper_url": model.paper_url or "",
        "license_url": model.license_url or "",
        "weights_url": "",
    }
    return {name: texts.get(name, "").strip() for name in now if texts.get(name, "").strip() != now[name].strip()}


def why_not_delete(model: Model, mine: bool) -> str | None:
    """What is surely against deleting a model, by what is known of it here; None where nothing is."""
    if not mine:
        return f"{model.ref} is not yours. {MODEL_RULE}"
    if model.visibility == "public":
        return f"{model.ref} is public. {MODEL_RULE}"
    if model.latest_version is not None and model.latest_version.id:
        return f"{model.ref} has versions. {MODEL_RULE}"
    return None


def why_not_delete_version(model: Model, version: Version | None, mine: bool) -> str | None:
    """What is surely against deleting a version."""
    if version is None:
        return "No version is under the cursor: ] goes to the versions."
    if not mine:
        return f"{model.ref} is not yours. {VERSION_RULE}"
    if model.visibility == "public":
        return f"{model.ref} is public. {VERSION_RULE}"
    return None


def refused(error: ApiError, rule: str) -> str:
    """A refusal of a deletion in the API's words, with the rule."""
    return f"{(error.detail or str(error)).rstrip('. ')}.\n\n{rule}"
