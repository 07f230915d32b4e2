"""What can be installed besides, and the command that installs it: by pip, pipx or uv, as this program itself was."""

from __future__ import annotations

import json
import shlex
import sys
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

NAME = "replicate-tui"


def how_to_install(extra: str, prefix: Path | None = None) -> str:
    """The command for a shell. `prefix` is the environment that this program runs in."""
    prefix = prefix or Path(sys.prefix)
    wanted = shlex.quote(requirement(extra, _installed_from()))
    if (prefix / "pipx_metadata.json").exists():
        return f"pipx install --force {wanted}"
    if (prefix / "uv-receipt.toml").exists():
        return f"uv tool install --force {wanted}"
    if any(part.startswith("archive-v") for part in prefix.parts):
        # uvx makes an environment for each call, in its cache.
        return f"uvx --from {wanted} {NAME}"
    python = shlex.quote(str(prefix / "bin" / "python"))
    if not has_pip():
        return f"uv pip install --python {python} {wanted}"
    return f"{python} -m pip install {wanted}"


def requirement(extra: str, installed_from: tuple[str, bool]) -> str:
    """What to ask an installer for. `installed_from` is an address, "" for the package index, and whether editable."""
    address, editable = installed_from
    if editable:
        return f"--editable={address.removeprefix('file://')}[{extra}]"
    return f"{NAME}[{extra}] @ {address}" if address else f"{NAME}[{extra}]"


def has_pip() -> bool:
    """Whether this environment has pip: those of uv have none."""
    return find_spec("pip") is not None


def _installed_from() -> tuple[str, bool]:
    """As pip, pipx and uv note it beside the package (PEP 610)."""
    try:
        noted = distribution(NAME).read_text("direct_url.json")
        found = cast("dict[str, Any]", json.loads(noted or "{}"))
        return str(found.get("url", "")), bool(cast("dict[str, Any]", found.get("dir_info", {})).get("editable"))
    except (PackageNotFoundError, OSError, ValueError, AttributeError):
        return "", False
