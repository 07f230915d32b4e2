"""A model's folder as its source tells it: entries, schema, and what cannot be known without running it."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

from tui.cog.annotations import Obj
from tui.cog.config import Config, read_config
from tui.cog.document import document
from tui.cog.modules import CannotRead, Finding, Project
from tui.cog.signatures import Signature, find_target, read_signature


class Source(Struct, frozen=True):
    """What was read of a folder."""

    folder: Path
    config: Config
    schema: Obj
    runner: str
    """As Cog's runtime is told it: `predict.py:Predictor`."""
    trainer: str | None
    findings: tuple[Finding, ...]
    """What cannot be known of the schema, or is not as Cog takes it."""

    @property
    def pushed_to(self) -> str:
        """ "owner/name" at Replicate, from `image: r8.im/OWNER/NAME`; empty where cog.yaml names none."""
        found = re.fullmatch(r"r8\.im/([\w.-]+/[\w.-]+)(?::.*)?", str(self.config.get("image") or "").strip())
        return found[1] if found else ""

    @property
    def slots(self) -> int:
        """How many predictions one process does at a time."""
        most = self.config.get("concurrency", "max")
        return most if isinstance(most, int) and most > 0 else 1


def read_source(folder: Path) -> Source:
    """Read cog.yaml and the files that it names. Nothing of them is run. Raises CannotRead."""
    folder = folder.resolve()
    config = read_config(folder)
    project = Project(folder)
    runner, trainer = config.runner(), config.trainer()
    predict, streams = _signature(project, config, runner, train=False)
    training = _signature(project, config, trainer, train=True)[0] if trainer else None
    findings = (*predict.findings, *(training.findings if training else ()))
    return Source(
        folder,
        config,
        document(predict, training, streams=streams),
        ":".join(runner),
        ":".join(trainer) if trainer else None,
        findings,
    )


def _signature(project: Project, config: Config, entry: tuple[str, str], *, train: bool) -> tuple[Signature, bool]:
    file, name = entry
    path = project.folder / file
    if not path.is_file():
        key = "train" if train else "run" if config.get("run") is not None else "predict"
        raise CannotRead(Finding(config.path, config.line(key), f"`{key}` names {file}, which is not there"))
    target = find_target(project.file(path), name, train=train)
    return read_signature(target), target.streams
