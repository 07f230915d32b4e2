"""The lock of the development's packages has what pyproject.toml asks for, in versions that it allows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.paths import ROOT

OURS = "replicate-tui"


def asked(project: dict[str, object], extra: str) -> Iterator[Requirement]:
    """What an extra asks for, with what the extras in it ask for."""
    optional: dict[str, list[str]] = project["optional-dependencies"]
    for text in optional[extra]:
        requirement = Requirement(text)
        if canonicalize_name(requirement.name) == OURS:
            for inner in requirement.extras:
                yield from asked(project, inner)
        else:
            yield requirement


def test_it_has_a_fitting_version_of_each_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    locked: dict[str, set[str]] = {}
    for line in (ROOT / "requirements-dev.lock").read_text("utf-8").splitlines():
        (version,) = Requirement(line).specifier
        assert version.operator == "==", line
        locked.setdefault(canonicalize_name(Requirement(line).name), set()).add(version.version)
    wanted = [*map(Requirement, project["dependencies"]), *asked(project, "dev")]
    assert {"textual", "mcp", "textual-serve", "pytest"} <= {one.name for one in wanted}
    missing = [
        str(one)
        for one in wanted
        if not any(one.specifier.contains(version) for version in locked.get(canonicalize_name(one.name), ()))
    ]
    assert missing == [], "make lock writes requirements-dev.lock anew"
    assert OURS not in locked
