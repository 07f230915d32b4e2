"""One command line, understood: what the commands are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tui.settings import Options

PROGRAM = "replicate-tui"
DEFAULT_LIMIT = 100

Given: TypeAlias = str | int | tuple[str, ...]


class Usage(Exception):
    """The program ends here with this text: help and version on stdout (code 0), a wrong usage on stderr (2)."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.text = text
        self.code = code


@dataclass(frozen=True)
class BatchCall:
    """How a batch goes."""

    models: Sequence[str] = ()
    deployments: Sequence[str] = ()
    maps: Sequence[str] = ()
    """FIELD=COLUMN pairs."""
    sets: Sequence[str] = ()
    """NAME=VALUES pairs."""
    repeat: int = 1
    concurrency: int = 16
    rate: float | None = None
    """Rows a minute."""
    retries: int = 3
    retry_paid: bool = False
    stop_after_failures: int | None = None
    max_seconds: float | None = None
    max_cost: float | None = None
    """Dollars."""
    name: str | None = None
    """The template of the files' names."""
    out: Path | None = None
    label: str | None = None
    dry_run: bool = False
    skip_invalid: bool = False
    send_unknown: bool = False
    """Whether the rows whose answers were lost are sent once more."""


@dataclass(frozen=True)
class Call:
    """One command line."""

    command: str = ""
    """"" opens the console on the models. What changes something has two words: "models create"."""
    words: tuple[str, ...] = ()
    """The positional arguments."""
    sandbox: bool = False
    base_url: str | None = None
    profile: str | None = None
    read_only: bool = False
    theme: str | None = None
    json: bool = False
    limit: int = DEFAULT_LIMIT
    """How many objects of a list; 0 for all."""
    fields: Mapping[str, Given] = field(default_factory=dict[str, Given])
    """What is given of the API's own fields and parameters, by the API's names: `hardware`, `created_after`."""
    inputs: tuple[str, ...] = ()
    """NAME=VALUE pairs."""
    input_file: str | None = None
    """A file that holds the whole input as JSON, or `-` for stdin; `inputs` come on top of it."""
    save: Path | None = None
    cancel_after: float | None = None
    """Seconds."""
    stream: bool = False
    wait: bool | None = None
    cancel_on_interrupt: bool = False
    deployment: bool = False
    """`run`: the name is a deployment's."""
    follow: bool = False
    """Print a line for each change until the end."""
    local: bool = False
    """`predictions`, `trainings`: find them in what this machine keeps."""
    allow_runs: bool = False
    """`mcp`: agents may run models."""
    token_stdin: bool = False
    """`auth login`: the token is read from stdin."""
    keyring: bool = False
    """`auth login`: it is kept in the system's keyring."""
    delete: bool = False
    """Delete what `local` finds."""
    dry_run: bool = False
    """`run`: say what would be sent and what it may cost, and send nothing."""
    yes: bool = False
    """What destroys, or costs as long as it stands, was agreed to beforehand."""
    create_destination: str | None = None
    """`trainings create`: the hardware of the destination, which is made where it is not there."""
    output: Path | None = None
    """`files download`: where the file goes."""
    conversation: str | None = None
    """`chat`: the id of the conversation to go on with."""
    system: str | None = None
    """`chat`: the system prompt."""
    lines: bool = False
    """`chat`: each line of stdin is a question, in place of all of it."""
    batch: BatchCall | None = None
    """What `batch` and its like were given beside."""
    rest: tuple[str, ...] = ()
    """What `sandbox` was given: its own grammar reads it."""

    def options(self) -> Options:
        """What the settings need to know of it."""
        from tui.settings import Options

        return Options(self.sandbox, self.base_url, self.profile, self.read_only, self.theme)

    def text(self, name: str) -> str | None:
        """A field that is a text; None where it was not given."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """A field that is a whole number; None where it was not given."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else None

    def several(self, name: str) -> tuple[str, ...]:
        """A field that may be given more than once."""
        value = self.fields.get(name)
        return value if isinstance(value, tuple) else ()
