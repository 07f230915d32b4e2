"""Trainings: which models can be trained, where the result goes, and the start, as careful as that of a run."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from tui.api.errors import ApiError, BadAnswer, ChangeUnknown, InvalidInput, NetworkError, NotFound, ServerError
from tui.api.types import Model, Target, Version
from tui.forms import Form
from tui.services.models.catalogue import Catalogue
from tui.services.runs.run import Run
from tui.services.runs.runs import Runs
from tui.services.session import Session

Visibility = Literal["public", "private"]

_NAME = re.compile(r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*")
_LONGEST = 200


class Trainer(Struct, frozen=True):
    """A model that can be trained, the version that does it, and the form that it asks for."""

    model: Model
    version: Version
    form: Form

    @property
    def target(self) -> Target:
        """What the training is created on."""
        return Target(self.model.owner, self.model.name, self.version.id)


class Destination(Struct, frozen=True):
    """A model that may get the version, as it stands."""

    ref: str
    """"owner/name"."""
    model: Model | None
    """None where there is none yet."""
    problem: str = ""
    """Why it cannot be the destination; empty when it can."""
    note: str = ""
    """What to know of it, in a sentence."""


class Trainings:
    """Raises the ApiErrors of the client, and StoreError."""

    def __init__(self, session: Session, catalogue: Catalogue, runs: Runs) -> None:
        self._session = session
        self._catalogue = catalogue
        self._runs = runs

    # ---- trainers

    async def trainers(self, text: str = "") -> list[Model]:
        """The models known here that can be trained, without their schemas. Asks nothing of the API."""
        return await self._session.store.trainers.list(self._session.account, text)

    async def known(self) -> tuple[int, int]:
        """How many models are known here, and of how many the schema was seen."""
        return await self._session.store.trainers.counts(self._session.account)

    async def trainer(self, ref: str, version_id: str | None = None) -> Trainer:
        """The trainer "owner/name". Raises InvalidInput, with the reason, for a model that cannot be trained."""
        model = await self._catalogue.model(ref)
        version = model.latest_version
        if version_id is not None:
            version = await self._catalogue.version(ref, version_id)
        if version is None:
            raise InvalidInput(f"{ref} cannot be trained: it has no version yet.")
        form = Form.parse(version.openapi_schema, "TrainingInput")
        if not form.known:
            if version.openapi_schema is None:
                why = "its version has no schema, so that nobody can say what a training of it asks for"
            elif model.is_official:
                why = "it is an official model, which Replicate runs but does not let others train"
            else:
                why = "its version has no train(): the schema names no TrainingInput"
            raise InvalidInput(f"{ref} cannot be trained: {why}.")
        return Trainer(model, version, form)

    # ---- the destination

    async def mine(self) -> list[Model]:
        """The models of this account that are known here, by name; those of its trainings first."""
        username = self._session.username or self._session.account.partition("@")[0]
        return await self._session.store.trainers.owned(self._session.account, username)

    def suggestion(self, trainer: Trainer) -> str:
        """A name for the model that a training of `trainer` could make."""
        owner = self._session.username or self._session.account.partition("@")[0]
        return f"{owner}/my-{trainer.model.name}"

    async def destination(self, text: str) -> Destination:
        """Ask how the destination stands: whether it is there, and whose it is. Raises an ApiError.

        It must belong to the token's owner, as must a new one (docs/replicate.md, Operations, models.create).
        """
        ref = text.strip()
        if problem := name_problem(ref):
            return Destination(ref, None, problem)
        owner, _, name = ref.partition("/")
        me = self._session.username or ""
        if me and me.lower() != owner.lower():
            return Destination(ref, None, f"must be a model of yours: {me}/{name}")
        try:
            model = await self._session.client.model(owner, name)
        except NotFound:
            if not _NAME.fullmatch(name):
                return Destination(
                    ref, None, "is to be made, and a new name has lower-case letters, digits, dots, dashes, underscores"
                )
            return Destination(ref, None, note=f"There is no {ref} yet: it is made first.")
        await self._session.store.save_models(self._session.account, [model])
        if model.latest_version is None:
            return Destination(
                ref, model, note=f"{ref} is there, {model.visibility or 'yours'}, without a version yet."
            )
        return Destination(
            ref, model, note=f"{ref} is there, {model.visibility or 'yours'}: the training adds a version to it."
        )

    async def make_destination(
        self, ref: str, *, hardware: str, visibility: Visibility, description: str | None = None
    ) -> Model:
        """Make the model that gets the version. A name can be taken once only: a lost answer is looked up.

        Raises an ApiError.
        """
        owner, _, name = ref.partition("/")
        client = self._session.client
        try:
            made = await client.create_model(
                owner, name, hardware=hardware, visibility=visibility, description=description
            )
        except ApiError as error:
            taken = error.status == 409
            lost = isinstance(error, NetworkError | ServerError | BadAnswer | ChangeUnknown)
            if (isinstance(error, NetworkError) and not error.sent) or not (lost or taken):
                raise
            try:
                made = await client.model(owner, name)
            except ApiError:
                raise error from None
        await self._session.store.save_models(self._session.account, [made])
        return made

    # ---- trainings

    async def start(
        self,
        trainer: Trainer,
        values: Mapping[str, object],
        destination: str,
        *,
        webhook: str | None = None,
        webhook_events: Sequence[str] = (),
    ) -> Run:
        """Write the training down and begin it: upload the data set, create it once, follow it. See `Runs.start`.

        `values` is a checked input; `destination` is "owner/name" of a model that is there.
        """
        return await self._runs.start(
            trainer.target,
            trainer.form,
            values,
            save=False,
            destination=destination,
            webhook=webhook,
            webhook_events=webhook_events,
        )


def name_problem(ref: str) -> str:
    """Why `ref` cannot name a model, as a clause; empty when it can (docs/replicate.md, Operations, models.create)."""
    owner, slash, name = ref.partition("/")
    if not slash or not owner or not name:
        return "must be OWNER/NAME, such as ada/my-model"
    for part, what in ((owner, "owner"), (name, "name")):
        if len(part) > _LONGEST:
            return f"has too long a {what}: at most {_LONGEST} characters"
        if not _NAME.fullmatch(part.lower()):
            return f"has an odd {what}: letters and digits, with dots, dashes or underscores between them"
    return ""
