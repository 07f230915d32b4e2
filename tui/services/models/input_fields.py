"""Into which inputs of a model an output of another one can go, told by its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.forms import Field, Form

if TYPE_CHECKING:
    from tui.services.models.catalogue import Catalogue
    from tui.services.session import Session


async def kept_fields(session: Session, ref: str, *, files: bool) -> list[Field] | None:
    """The inputs of "owner/name" that take files, or else texts, by the schema that is kept here; None without one.

    Nothing is asked of the API. Raises StoreError.
    """
    found = await session.store.model(session.account, ref)
    version = found[0].latest_version if found is not None else None
    if version is None or version.openapi_schema is None:
        return None
    return fields_for(Form.parse(version.openapi_schema), files=files)


async def asked_fields(catalogue: Catalogue, ref: str, *, files: bool) -> list[Field]:
    """The same, with a schema that is asked for where it is not kept here. Raises an ApiError."""
    version = (await catalogue.model(ref)).latest_version
    return fields_for(Form.parse(version.openapi_schema if version is not None else None), files=files)


def fields_for(form: Form, *, files: bool) -> list[Field]:
    """The inputs that take files, or else texts; those that are required come first, then as the form has them."""
    found = [one for one in form.fields if (one.takes_files if files else one.takes_text) and not one.deprecated]
    return sorted(found, key=lambda one: not one.required)
