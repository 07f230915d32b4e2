"""Rules of the whole house that its source or its commands show: workers, read-only, and keys that are commands."""

from __future__ import annotations

import ast
import functools
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from textual.screen import Screen

import tui.screens
from tests.support.paths import ROOT
from tui import commands
from tui.screens import command_host
from tui.screens.base import ConsoleScreen

SOURCES = sorted((ROOT / "tui").rglob("*.py"))


@functools.cache
def method_calls(path: Path) -> list[ast.Call]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]


def calls(path: Path, *names: str) -> list[ast.Call]:
    return [call for call in method_calls(path) if isinstance(call.func, ast.Attribute) and call.func.attr in names]


def test_every_worker_has_a_group_and_ends_no_app() -> None:
    found = 0
    for path in SOURCES:
        for call in calls(path, "run_worker"):
            found += 1
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            assert "group" in given, where
            ending = given.get("exit_on_error")
            assert isinstance(ending, ast.Constant) and ending.value is False, where
        text = path.read_text("utf-8")
        assert "from textual import work" not in text and "@work" not in text, f"{path} starts workers in another way"
    assert found > 3


STARTS = {"Popen", "run", "call", "check_call", "check_output", "create_subprocess_exec", "create_subprocess_shell"}
"""What starts a program, as an attribute of `subprocess` or `asyncio`."""


def test_every_program_is_started_with_an_environment_that_was_made_for_it() -> None:
    found = 0
    for path in SOURCES:
        for call in calls(path, *STARTS):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            if not isinstance(owner, ast.Name) or owner.id not in ("subprocess", "asyncio") or not call.args:
                continue
            if owner.id == "asyncio" and isinstance(call.func, ast.Attribute) and call.func.attr == "run":
                continue
            found += 1
            where = f"{path.relative_to(ROOT)}:{call.lineno}"
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            # The sandbox knows nothing of the console: its own start is handed an environment.
            if "sandbox" in path.relative_to(ROOT).parts:
                assert "environment" in given.get("env", ""), where
            else:
                assert given.get("env", "").startswith(("for_children(", "for_own_commands(", "for_page(")), where
    assert found >= 6


class Host(command_host.CommandHost):
    """Says that it can do everything, and notes what it was told to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return lambda: self.done.append(name.removeprefix("do_"))
        if name == "workers":
            return []
        raise AttributeError(name)


CHANGING = {
    "apply_changes",
    "cancel_batch",
    "cancel_everything",
    "cancel_prediction",
    "delete_deployment",
    "delete_file",
    "delete_model",
    "delete_version",
    "disable_deployment",
    "edit_readme",
    "enable_deployment",
    "forward_webhooks",
    "pause_batch",
    "regenerate_answer",
    "relay_webhooks",
    "resolve_batch",
    "resolve_run",
    "retry_batch",
    "send_webhook",
    "start_run",
    "start_training",
    "stop_answer",
    "upload_file",
}
"""The commands that cost money or change something at Replicate, or post something elsewhere."""


@pytest.mark.parametrize("read_only", [True, False])
def test_read_only_refuses_every_command_that_costs_or_changes_and_no_other(
    monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    said: list[str] = []
    app = SimpleNamespace(
        settings=SimpleNamespace(read_only=read_only),
        say=lambda text, **_: said.append(text),
        input_queue=SimpleNamespace(in_burst=False),
    )
    monkeypatch.setattr(command_host, "console", lambda _: app)
    host = Host()
    for id in commands.REGISTRY:
        host.action_command(id)
    everything = {command.name for command in commands.REGISTRY.values()}
    assert everything >= CHANGING
    changing = CHANGING
    assert set(host.done) == (everything - changing if read_only else everything)
    assert len(said) == (len(changing) if read_only else 0)
    assert all("read-only" in text for text in said)


def test_every_key_of_a_screen_is_a_command() -> None:
    for path in sorted((ROOT / "tui" / "screens").rglob("*.py")):
        text = path.read_text("utf-8")
        if "class " in text and "ConsoleScreen" in text:
            assert "Binding(" not in text, f"{path.name} binds a key that is in neither the palette nor the help"


MOST_MEMBERS = 60


class Bare(Screen[Any]):
    """What Textual itself gives to every subclass."""


def members(screen: type) -> set[str]:
    """The names that the classes of this project give to a screen, inherited ones included."""
    ours = [owner for owner in screen.__mro__ if owner.__module__.startswith("tui.")]
    names = {name for owner in ours for name in vars(owner) if not (name.startswith("__") and name.endswith("__"))}
    return names - set(vars(Bare))


def screens() -> Iterator[type]:
    for module in pkgutil.walk_packages(tui.screens.__path__, "tui.screens."):
        importlib.import_module(module.name)
    waiting: list[type] = [ConsoleScreen]
    while waiting:
        found = waiting.pop()
        if found.__module__.startswith("tui."):
            yield found
            waiting += found.__subclasses__()


def test_a_screen_has_at_most_sixty_members_of_ours() -> None:
    """Inherited ones count."""
    counts = {screen.__name__: len(members(screen)) for screen in screens()}
    assert counts["ChatScreen"] > 30 and counts["CompareChats"] > 30
    assert {name: count for name, count in counts.items() if count > MOST_MEMBERS} == {}


WITHOUT_MSGSPEC = ("settings/", "navigation.py", "api/billed.py", "cli/grammar/", "pictures/", "sandbox/models/")
_BEYOND_A_STRUCT = ("repr=False", "init=False", "compare=False", "__hash__", "cached_property")


def test_plain_data_is_a_struct() -> None:
    """Making a dataclass takes some twenty times as long as making a Struct, and every start makes all of them."""
    stays: list[str] = []
    for path in SOURCES:
        room = path.relative_to(ROOT / "tui").as_posix()
        if room.startswith(WITHOUT_MSGSPEC):
            continue  # These are loaded where msgspec is not, or in a process that does without it.
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and any("dataclass" in ast.unparse(one) for one in node.decorator_list):
                whole, bases = ast.unparse(node), [ast.unparse(base) for base in node.bases]
                if not bases and not any(option in whole for option in _BEYOND_A_STRUCT):
                    stays.append(f"{room}: {node.name}")
    assert not stays, stays
