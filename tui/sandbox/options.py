"""What one can choose when a sandbox starts, and how durations are written."""

import re
from pathlib import Path
from typing import Literal

from msgspec import Struct, field

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class RateLimit(Struct, frozen=True):
    """So many requests in so many seconds, of which `burst` may come at once."""

    requests: int
    seconds: float = 60.0
    burst: int | None = None


class StandIn(Struct, frozen=True):
    """A model of the sandbox, a Cog folder or a schema's stub that answers under another model's name.

    `owner` and `name` are empty where a file of schemas names its models itself. `version` is the 64 digits under
    which the program asks for it; "" where it asks by the name alone.
    """

    owner: str
    name: str
    version: str
    target: str


class Options(Struct, frozen=True):
    """One sandbox's choices. Times are seconds."""

    host: str = "127.0.0.1"
    port: int = 0
    token: str | None = None
    state: Path | None = None
    cog_dirs: tuple[Path, ...] = ()
    stand_ins: tuple[StandIn, ...] = ()
    any_name: bool = False
    workers: int = 1
    retention: float = 3600.0
    file_retention: float = 24 * 3600.0
    """Seconds that an upload is kept."""
    chaos: str = ""
    idle: float = 60.0
    setup_timeout: float = 120.0
    timeout: float = 1800.0
    kill_after: float = 5.0
    create_limit: RateLimit = field(default_factory=lambda: RateLimit(600))
    other_limit: RateLimit = field(default_factory=lambda: RateLimit(3000))
    allowed_hosts: tuple[str, ...] = ()
    outputs: Literal["auto", "data", "url"] = "auto"
    public_url: str | None = None
    tls: bool = False
    record: Path | None = None
    upstream: str = "https://api.replicate.com"
    replay: Path | None = None
    strict: bool = False
    private_inputs: bool = False
    cors: bool = False
    embedded: Path | None = None


def parse_duration(text: str) -> float:
    """Seconds of `90`, `30s`, `5m`, `1h30m45s`, `2d`, `200ms`; ValueError for anything else."""
    text = text.strip().lower()
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return float(text)
    parts = list(_PART.finditer(text))
    if not parts or len(text) > 64 or "".join(part[0] for part in parts) != text:
        raise ValueError(f"not a duration: {text[:64]!r} (write 90s, 5m or 1h30m)")
    return sum(float(part[1]) * _UNITS[part[2]] for part in parts)


def parse_rate(text: str) -> RateLimit:
    """A limit written as `REQUESTS[/TIME][,burst=N]`: `6/1m,burst=1`; ValueError for anything else."""
    match = re.fullmatch(r"(\d{1,9})(?:/([^,]+))?(?:,burst=(\d{1,9}))?", text.strip())
    if not match or int(match[1]) < 1:
        raise ValueError(f"not a rate: {text[:64]!r} (write 600/1m or 6/1m,burst=1)")
    return RateLimit(int(match[1]), parse_duration(match[2]) if match[2] else 60.0, int(match[3]) if match[3] else None)


def parse_stand_in(text: str) -> StandIn:
    """What `OWNER/NAME[:VERSION]=TARGET` or `FILE.json` says; ValueError for anything else."""
    if text.strip().endswith(".json") and "=" not in text:
        return StandIn("", "", "", text.strip())
    named, _, target = text.partition("=")
    match = re.fullmatch(r"([A-Za-z0-9][\w.-]*)/([A-Za-z0-9][\w.-]*)(?::([0-9A-Fa-f]+))?", named.strip())
    if match is None or not target.strip():
        example = "black-forest-labs/flux-schnell=fractal"
        raise ValueError(f"not a stand-in: {text[:120]!r} (write OWNER/NAME[:VERSION]=TARGET, such as {example})")
    version = (match[3] or "").lower()
    if len(version) not in (0, 64):
        raise ValueError(f"a version has 64 hex digits, not {len(version)}: {text[:120]!r}")
    return StandIn(match[1], match[2], version, target.strip())
