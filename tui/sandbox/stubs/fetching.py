"""`sandbox snapshot OWNER/NAME…`: what the real API says of models, as files that stubs are made from."""

import argparse
import json
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui.sandbox.jsons import as_obj, loads

if TYPE_CHECKING:
    import httpx

_DEFAULT = "https://api.replicate.com"
_NAME = re.compile(r"([A-Za-z0-9][\w.-]*)/([A-Za-z0-9][\w.-]*)(?::([0-9a-f]{64}))?")


def snapshot(argv: Sequence[str]) -> int:
    """Writes a file for each model. Returns the exit status: 2 for wrong usage, 1 if one could not be had."""
    given = _given(argv)
    token = os.environ.get("REPLICATE_API_TOKEN", "")
    if not token:
        print("snapshot asks Replicate: put a token into REPLICATE_API_TOKEN", file=sys.stderr)
        return 2
    import httpx

    given.to.mkdir(parents=True, exist_ok=True)
    failed = 0
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for name in given.models:
            try:
                path = _fetch(client, given.base_url, name, given.to)
            except (httpx.HTTPError, ValueError) as error:
                failed += 1
                print(f"{name}: {error}", file=sys.stderr)
            else:
                print(path)
    return 1 if failed else 0


def _fetch(client: "httpx.Client", base_url: str, name: str, folder: Path) -> Path:
    """One model's file. ValueError says why there is none."""
    match = _NAME.fullmatch(name)
    assert match is not None
    owner, model, version = match.groups()
    answer = client.get(f"{base_url}/v1/models/{owner}/{model}")
    if answer.status_code != 200:
        raise ValueError(f"the API answered {answer.status_code}")
    about = as_obj(loads(answer.content))
    if version is not None:
        asked = client.get(f"{base_url}/v1/models/{owner}/{model}/versions/{version}")
        if asked.status_code != 200:
            raise ValueError(f"the API answered {asked.status_code} for the version")
        about["latest_version"] = loads(asked.content)
    if not as_obj(as_obj(about.get("latest_version")).get("openapi_schema")):
        raise ValueError("it has no version with a schema")
    path = folder / f"{owner}--{model}{f'--{version[:8]}' if version else ''}.json"
    path.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path


def _given(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="replicate-tui sandbox snapshot",
        description="Fetches what Replicate says of models into files for `sandbox --as FILE.json`.",
    )
    parser.add_argument("models", nargs="+", type=_name, metavar="OWNER/NAME[:VERSION]")
    parser.add_argument("--to", type=Path, default=Path(), metavar="DIR", help="the folder (default: this one)")
    parser.add_argument("--base-url", type=_base_url, default=_DEFAULT, metavar="URL", help="default: %(default)s")
    return parser.parse_args(list(argv))


def _name(text: str) -> str:
    if _NAME.fullmatch(text) is None:
        raise argparse.ArgumentTypeError(f"OWNER/NAME or OWNER/NAME:VERSION, not {text[:120]!r}")
    return text


def _base_url(text: str) -> str:
    """An origin. The token goes there: past this machine only by https."""
    parts = urlsplit(text)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
        raise argparse.ArgumentTypeError(f"an https address, not {text[:120]!r}")
    return f"{parts.scheme}://{parts.netloc}"
