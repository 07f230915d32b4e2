"""How a model of this machine stands, in words and symbols, and as a line of a list."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from textual.content import Content

from tui import wording
from tui.api.text import clean
from tui.widgets.table.virtual_table import Column
from tui.wording import Mark

if TYPE_CHECKING:
    from tui.services.local.local_model import LocalModel

STATES = {
    "stopped": Mark("○", "not started", "text-muted"),
    "starting": Mark("◌", "setting up", "warning"),
    "ready": Mark("●", "ready", "success"),
    "busy": Mark("▶", "busy", "accent"),
    "failed": Mark("✗", "failed", "error"),
    "gone": Mark("∅", "gone", "warning"),
}


def state_words(model: LocalModel) -> Content:
    """The state by symbol and word."""
    mark = STATES[model.state]
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def where_words(model: LocalModel) -> str:
    """The folder, below the home folder by `~`; of a server its address."""
    home = str(Path.home())
    place = model.place
    return wording.one_line(f"~{place[len(home) :]}" if place.startswith(f"{home}/") else place, 300)


def about_words(model: LocalModel) -> list[str]:
    """How long the setup took, and the memory."""
    parts: list[str] = []
    if model.setup_seconds is not None and model.state == "starting":
        parts.append(wording.duration(model.setup_seconds))
    elif model.setup_seconds is not None and model.state in ("ready", "busy"):
        parts.append(f"set up in {wording.duration(model.setup_seconds)}")
    if model.memory:
        parts.append(wording.size(model.memory))
    return parts


def title_words(model: LocalModel, *, train: bool = False) -> Content:
    """The title of its form: what it is and how it stands."""
    name = f"Train {wording.one_line(model.name, 60)}" if train else wording.one_line(model.name, 60)
    parts = [Content.styled(name, "bold $accent"), state_words(model)]
    about = about_words(model)
    if model.relayed_to:
        about.insert(0, f"webhooks → {wording.one_line(urlsplit(model.relayed_to).netloc, 40)}")
    parts += [Content.styled(words, "$text-muted") for words in about]
    return Content("  ").join(parts)


def problem_words(model: LocalModel) -> str:
    """What went wrong last, the line of the author's code, and what to do."""
    line = model.line
    at = clean(line.said(Path(model.place))) if line is not None and line.text else ""
    return "\n".join(words for words in (model.problem, at, model.advice) if words)


def fact_lines(model: LocalModel) -> Content:
    """All that is known of it, for the pane below the list."""
    inputs = (", ".join(_inputs(model)) or "none") if model.schema is not None else ""
    known = (
        ("address" if model.address else "folder", where_words(model)),
        ("state", ""),
        ("setup", wording.duration(model.setup_seconds)),
        ("memory", wording.size(model.memory) if model.memory else ""),
        ("python", f"{model.python.version}, {model.python.path}" if model.python else ""),
        ("inputs", wording.one_line(inputs, 300)),
        ("webhooks", f"to {wording.one_line(model.relayed_to, 200)}" if model.relayed_to else ""),
        ("trains", "yes, by t" if model.source is not None and model.source.trainer else ""),
    )
    lines: list[Content] = []
    for name, said in known:
        words = state_words(model) if name == "state" else Content(said)
        if words.plain:
            lines.append(Content.assemble(Content.styled(f"{name:<10}", "$text-muted"), words))
    if problem := problem_words(model):
        lines.append(Content.assemble("\n", Content.styled(problem[:2000], "$error")))
    folder = Path(model.place)
    lines += [Content.styled(wording.one_line(f"⚠ {one.said(folder)}", 300), "$warning") for one in model.findings[:8]]
    return Content("\n").join(lines)


def _inputs(model: LocalModel) -> list[str]:
    from tui.forms import Form

    return [field.name for field in Form.parse(model.schema).fields]


def _last_run(model: LocalModel) -> Content:
    if model.shown is None:
        return Content("")
    mark = wording.mark(model.shown.status)
    return Content.styled(f"{mark.symbol} {mark.word}", f"${mark.tone}")


def version_of(model: LocalModel) -> Hashable:
    """What the line shows, so that it is drawn again only when that changes."""
    shown = model.shown.status if model.shown is not None else ""
    return model.state, int(model.setup_seconds or 0), model.memory, shown


LOCAL_COLUMNS: list[Column[Any]] = [
    Column("state", "State", state_words, width=13),
    Column("name", "Model", lambda one: wording.one_line(one.name, 100), flex=2, min_width=14,
           sort_key=lambda one: one.name.lower()),
    Column("where", "Where", where_words, flex=3, min_width=16, drop_below=60),
    Column("setup", "Setup", lambda one: wording.duration(one.setup_seconds), width=8, align="right", drop_below=76),
    Column("memory", "Memory", lambda one: wording.size(one.memory) if one.memory else "", width=8, align="right",
           drop_below=90),
    Column("last", "Last run", _last_run, width=12),
]  # fmt: skip
