"""Reads models from the files that say what they are: the API's answers for them, or their schemas alone."""

import hashlib
import re
from pathlib import Path

from msgspec import Struct

from tui.sandbox.jsons import Json, Obj, as_list, as_obj, as_str, dumps, loads


class Snapshot(Struct, frozen=True):
    """A model as a file tells of it; what the file does not say is empty."""

    owner: str
    name: str
    version_id: str
    official: bool | None
    description: str
    schema: Obj
    example: Json = None


def read_snapshots(path: Path) -> list[Snapshot]:
    """The models of a file: one, a list of them, or a page of the API. ValueError says why there are none."""
    try:
        value = loads(path.read_bytes())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ValueError(f"{path} is not JSON: {error}") from None
    entries = value if isinstance(value, list) else as_list(as_obj(value).get("results")) or [value]
    found = [snapshot for entry in entries if (snapshot := _read(as_obj(entry))) is not None]
    if not found:
        raise ValueError(
            f"{path} has no schema: write the API's answer for a model into it"
            " (replicate-tui model OWNER/NAME --json > FILE), or an openapi_schema alone"
        )
    return found


def _read(entry: Obj) -> Snapshot | None:
    if "components" in entry:
        return Snapshot("", "", "", None, "", entry)
    if "openapi_schema" in entry:
        entry = {"latest_version": entry}
    elif isinstance(entry.get("model"), dict):
        entry = as_obj(entry["model"])
    version = as_obj(entry.get("latest_version"))
    schema = version.get("openapi_schema")
    if not isinstance(schema, dict) or not isinstance(schema.get("components"), dict):
        return None
    version_id = as_str(version.get("id")).lower()
    official = entry.get("is_official")
    return Snapshot(
        owner=as_str(entry.get("owner")),
        name=as_str(entry.get("name")),
        version_id=version_id if re.fullmatch(r"[0-9a-f]{64}", version_id) else "",
        official=official if isinstance(official, bool) else None,
        description=as_str(entry.get("description")),
        schema=schema,
        example=as_obj(entry.get("default_example")).get("output"),
    )


def made_up_id(name: str, schema: Obj) -> str:
    """64 digits for a version whose own are not known."""
    return hashlib.sha256(f"{name} {dumps(schema)}".encode()).hexdigest()
