"""A deployment, and a release of one, as a line of a list."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from msgspec import Struct
from textual.content import Content

from tui import wording
from tui.api.types import Deployment, Release
from tui.screens.models.model_columns import ref_words
from tui.services.deployments.setup import Setup, short
from tui.widgets.cost import MONEY
from tui.widgets.table.virtual_table import Column


class Row(Struct, frozen=True):
    """A deployment with what is known of it besides."""

    deployment: Deployment
    cost: str = ""
    """What it may cost a month."""
    newer: str = ""
    """The id of a newer version of its model, where there is one."""

    @property
    def id(self) -> str:
        """ "owner/name"."""
        return self.deployment.ref

    @property
    def release(self) -> Release:
        """The current release; empty where the API tells none."""
        return self.deployment.current_release or Release()

    @property
    def setup(self) -> Setup:
        """What it runs on."""
        return Setup.of(self.deployment.current_release)

    @property
    def seen(self) -> Hashable:
        """What the line shows, so that it is drawn again only when that changes."""
        return (self.id, self.release.number, self.setup, self.newer, self.cost, wording.coarse_age(self.changed))

    @property
    def changed(self) -> Any:
        """When the release was made."""
        return self.release.created_at


def _name(row: Row, width: int) -> Content:
    sign = Content.styled("○ " if row.setup.off else "● ", "$text-muted" if row.setup.off else "$success")
    return sign + ref_words(row.id, width - sign.cell_length, "bold")


def _model(row: Row) -> str:
    return row.release.model


def _model_in(row: Row, width: int) -> Content:
    return ref_words(row.release.model, width, "")


def _version(row: Row) -> Content:
    newer = Content.styled(" ↑", "$warning") if row.newer else Content("")
    return Content.assemble(short(row.release.version), newer)


def _who(release: Release) -> str:
    return release.created_by.username if release.created_by else ""


DEPLOYMENT_COLUMNS: list[Column[Any]] = [
    Column("name", "Deployment", lambda r: r.id, fitted=_name, min_width=18, sort_key=lambda r: r.id),
    Column("model", "Model", _model, fitted=_model_in, min_width=10, drop_below=72, sort_key=_model),
    Column("version", "Version", _version, width=14, drop_below=70),
    Column("hardware", "Hardware", lambda r: r.setup.hardware, width=14, drop_below=120),
    Column("instances", "Inst.", lambda r: r.setup.instances, width=5, align="right"),
    Column("cost", "Est. a month", lambda r: Content.styled(r.cost, MONEY), width=15, align="right"),
    Column("release", "Rel.", lambda r: str(r.release.number or ""), width=4, align="right", drop_below=120),
    Column("who", "By", lambda r: _who(r.release), width=10, drop_below=140),
    Column("age", "Age", lambda r: wording.coarse_age(r.changed), width=6, align="right", drop_below=60),
]


class Past(Struct, frozen=True):
    """A release in a list: what it was and what it changed."""

    release: Release
    words: str
    current: bool

    @property
    def id(self) -> str:
        """The release's number as text."""
        return str(self.release.number)


def _number(past: Past) -> Content:
    return Content.assemble((past.id, "bold"), Content.styled(" ◂ now" if past.current else "", "$accent"))


RELEASE_COLUMNS: list[Column[Any]] = [
    Column("number", "Release", _number, width=10),
    Column("when", "Made", lambda p: wording.exact(p.release.created_at)[:16], width=16),
    Column("who", "By", lambda p: _who(p.release), width=10, drop_below=56),
    Column("what", "What it changed", lambda p: p.words, flex=1, min_width=16),
]
