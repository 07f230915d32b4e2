"""files, and their upload, deletion and download."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tui.api.errors import ApiError, InvalidInput
from tui.api.types import Answer, File
from tui.cli.api_command import Asker, BadWord, parse_id
from tui.cli.exit_codes import EXIT_DONE, EXIT_USAGE
from tui.cli.failures import exit_code
from tui.services.files.signed_links import SIGNED, SignedLink, parse
from tui.wording import age, exact, size


async def files(asker: Asker) -> int:
    """files [ID]"""
    if not asker.call.words:
        return await asker.list(asker.client.files(), _row, "No files: those that are uploaded go after 24 hours.")
    return _show(asker, await asker.client.file(_id(asker.word)))


async def upload(asker: Asker) -> int:
    """files upload FILE..."""
    call = asker.call
    if call.text("filename") and len(call.words) > 1:
        raise BadWord("argument --filename: names one file, and several were given")
    metadata = {name: value for name, _, value in (pair.partition("=") for pair in call.several("metadata"))}
    paths = await asyncio.to_thread(_checked, call.words)
    code, made = EXIT_DONE, list[File]()
    for path in paths:
        shown = path.name

        def progress(sent: int, total: int, shown: str = shown) -> None:
            asker.speaker.hint(f"uploading {shown}: {100 * sent // max(1, total)} %")

        try:
            file = await asker.client.upload_once(
                path,
                filename=call.text("filename"),
                content_type=call.text("type"),
                metadata=metadata or None,
                progress=progress,
            )
        except (ApiError, OSError) as error:
            said = error if isinstance(error, ApiError) else f"it cannot be read: {error.strerror or error}"
            asker.speaker.error(f"{path}: {said}")
            code = code or (exit_code(error) if isinstance(error, ApiError) else EXIT_USAGE)
            continue
        made.append(file)
        if not asker.as_json:
            asker.speaker.line(f"{file.id}  {file.urls.get or ''}".rstrip())
    asker.speaker.clear()
    if asker.as_json:
        # One file is one object; a script that gives several wants one array.
        return code or (asker.one(made[0]) if len(paths) == 1 else asker.all(made)) if made else code
    return code


async def delete(asker: Asker) -> int:
    """files delete ID..."""
    ids = [_id(word) for word in asker.call.words]
    what = f"the file {ids[0]}" if len(ids) == 1 else f"{len(ids)} files"
    refused = asker.agreed(f"Delete {what}? What still uses it as an input will fail.")
    if refused is not None:
        return refused

    async def one(id_: str) -> Answer:
        await asker.client.delete_file(id_)
        return Answer(raw={"deleted": id_})

    return await asker.each(ids, one, lambda _: "deleted")


async def download(asker: Asker) -> int:
    """files download LINK|ID"""
    link = _link(asker)
    dest = await asyncio.to_thread(_destination, asker.call.output, link.file_id)

    def progress(done: int, total: int | None) -> None:
        asker.speaker.hint(f"downloading: {100 * done // total} %" if total else f"downloading: {size(done)}")

    try:
        saved = await asker.client.download_file(
            link.file_id, dest, owner=link.owner, expiry=link.expiry, signature=link.signature, progress=progress
        )
    except OSError as error:
        raise BadWord(f"argument --output: {dest} cannot be written: {error.strerror or error}") from None
    asker.speaker.clear()
    return asker.done(str(saved), id=link.file_id, path=str(saved))


def _id(text: str) -> str:
    """The id of a file, which is base64 (docs/replicate.md, Files). Raises BadWord."""
    return parse_id(text, "file", "-_=+")


def _link(asker: Asker) -> SignedLink:
    """The link that was given, or an id and what a link is signed with. Raises BadWord."""
    given = {name: asker.call.text(name) or "" for name in SIGNED}
    try:
        link = parse(asker.word, given)
    except ValueError as error:
        said = str(error)
        raise BadWord(f"argument --{said}" if said.startswith("expiry:") else said) from None
    return link._replace(file_id=_id(link.file_id))


def _destination(output: Path | None, file_id: str) -> Path:
    """Where the file goes; a name of its own in a folder. Raises BadWord."""
    path = (output or Path()).expanduser()
    folder = path if path.is_dir() else path.parent
    if not folder.is_dir():
        raise BadWord(f"argument --output: there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadWord(f"argument --output: {folder} cannot be written")
    return path / file_id if path.is_dir() else path


def _checked(words: Sequence[str]) -> list[Path]:
    """The files to upload. Raises BadWord for one that can be none, before anything is sent. Blocks."""
    from tui.api.uploads import check_readable

    paths = [Path(word).expanduser() for word in words]
    for path in paths:
        try:
            check_readable(path)
        except InvalidInput as error:
            raise BadWord(str(error)) from None
        except OSError as error:
            raise BadWord(f"{str(path)!r} cannot be read: {error.strerror or error}") from None
    return paths


COMMANDS: dict[str, Callable[[Asker], Awaitable[int]]] = {
    "files": files,
    "files upload": upload,
    "files delete": delete,
    "files download": download,
}


def _show(asker: Asker, file: File) -> int:
    if asker.as_json:
        return asker.one(file)
    return asker.facts(
        [
            ("file", file.id),
            ("name", file.name),
            ("type", file.content_type),
            ("size", size(file.size)),
            ("sha256", str(file.checksums.get("sha256") or "")),
            ("uploaded", exact(file.created_at)),
            ("goes", exact(file.expires_at)),
            ("link", file.urls.get),
        ]
    )


def _row(file: File) -> tuple[str, ...]:
    return file.id, size(file.size), file.content_type, age(file.created_at), file.name
