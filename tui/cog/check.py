"""What is wrong with a model's folder, or will be at the push: each finding with its file and line."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from tui.cog.config import Config, read_config
from tui.cog.image_files import IGNORE, WEIGHTS, files_of, left_out
from tui.cog.input_rules import input_findings
from tui.cog.modules import CannotRead, Finding, Module, Project
from tui.cog.packages import Package, minor, no_wheel, packages_of, requirements_file, unpinned
from tui.cog.signatures import find_target
from tui.cog.source import read_source

_TEXT, _TEXTS, _FLAG, _OBJECT, _NUMBER, _LIST, _VERSION = (
    "a text",
    "a list of texts",
    "true or false",
    "a group",
    "a number",
    "a list",
    'a version such as "3.12"',
)
_KEYS: dict[tuple[str, ...], str] = {
    ("build",): _OBJECT,
    ("concurrency",): _OBJECT,
    ("environment",): _TEXTS,
    ("image",): _TEXT,
    ("model",): _TEXT,
    ("predict",): _TEXT,
    ("run",): _TEXT,
    ("tests",): _LIST,
    ("train",): _TEXT,
    ("weights",): _LIST,
    ("build", "cog_runtime"): _FLAG,
    ("build", "cuda"): _TEXT,
    ("build", "cudnn"): _TEXT,
    ("build", "environment"): _TEXTS,
    ("build", "fast"): _FLAG,
    ("build", "gpu"): _FLAG,
    ("build", "pre_install"): _TEXTS,
    ("build", "python_overrides"): _TEXT,
    ("build", "python_packages"): _TEXTS,
    ("build", "python_requirements"): _TEXT,
    ("build", "python_version"): _VERSION,
    ("build", "run"): _LIST,
    ("build", "sdk_version"): _TEXT,
    ("build", "system_packages"): _TEXTS,
    ("concurrency", "default_target"): _NUMBER,
    ("concurrency", "max"): _NUMBER,
}
"""The keys of cog.yaml and what each must be."""
_OLDEST = (3, 10)
_FRAMEWORKS = ("torch", "tensorflow", "jax", "jaxlib", "onnxruntime-gpu", "cupy", "paddlepaddle-gpu", "vllm", "mxnet")
_FOREIGN_PLACE = re.compile(r"(?:/home/|/Users/|/root/|/mnt/|[A-Za-z]:\\)[^\n]{2,}")
_LARGE = 2 * 1024**3
_NEEDLESS = (".git", ".venv", "venv", "node_modules", "__pycache__")


def check(folder: Path) -> list[Finding]:
    """All findings, in the order of their files and lines. Raises CannotRead where there is no cog.yaml to read."""
    folder = folder.resolve()
    config = read_config(folder)
    packages = packages_of(config)
    found = [*_keys(config), *_python(config, packages), *_packages(config, packages), *_gpu(config, packages)]
    found += _code(folder, config)
    found += _files(folder)
    distinct = dict.fromkeys(found)
    order = {path: place for place, path in enumerate(dict.fromkeys(finding.path for finding in distinct))}
    return sorted(distinct, key=lambda finding: (order[finding.path], finding.line))


# ---- cog.yaml


def _keys(config: Config) -> Iterator[Finding]:
    for place in [place for place in config.lines if all(isinstance(part, str) for part in place)]:
        names = cast("tuple[str, ...]", place)
        inside, name = names[:-1], str(place[-1])
        if len(names) > 2 or (inside and _KEYS.get(inside) != _OBJECT):
            continue
        if names not in _KEYS:
            known = [str(key[-1]) for key in _KEYS if key[:-1] == inside]
            near = difflib.get_close_matches(name, known, 1, 0.6)
            elsewhere = [".".join(key) for key in _KEYS if name in key[-1:]]
            hint = f": is it `{near[0]}`?" if near else f": it belongs at `{elsewhere[0]}`" if elsewhere else ""
            yield Finding(config.path, config.line(*names), f"Cog knows no `{'.'.join(names)}`{hint}")
        elif not _fits(config.get(*names), _KEYS[names]):
            text = f"`{'.'.join(names)}` must be {_KEYS[names]}, and is {config.get(*names)!r}"
            yield Finding(config.path, config.line(*names), text)
    if config.get("run") is not None and config.get("predict") is not None:
        yield Finding(config.path, config.line("predict"), "both `run` and `predict` are given: Cog takes one of them")


def _fits(value: Any, wanted: str) -> bool:
    if value is None:
        return wanted in (_TEXTS, _LIST)
    if wanted == _TEXT:
        return isinstance(value, str)
    if wanted == _VERSION:
        return isinstance(value, str | int | float)
    if wanted == _FLAG:
        return isinstance(value, bool)
    if wanted == _NUMBER:
        return isinstance(value, int) and not isinstance(value, bool)
    if wanted == _OBJECT:
        return isinstance(value, dict)
    return isinstance(value, list) and (
        wanted == _LIST or all(isinstance(item, str) for item in cast("list[object]", value))
    )


def _python(config: Config, packages: list[Package]) -> Iterator[Finding]:
    value, line = config.get("build", "python_version"), config.line("build", "python_version")
    if value is None:
        yield Finding(config.path, line, "no `build.python_version`: a later Cog may choose another one", serious=False)
        return
    if isinstance(value, int | float):
        yield Finding(config.path, line, f'without quotes YAML reads {value}: write it as text, such as "3.12"')
    python = str(value)
    if not re.fullmatch(r"3\.\d+(\.\d+)?", python):
        if isinstance(value, str):
            yield Finding(config.path, line, f"{python!r} is no version of Python such as 3.12")
        return
    if minor(python) < _OLDEST and isinstance(value, str):
        yield Finding(config.path, line, f"Cog's runtime has no wheels for Python {python}: it needs 3.10 or newer")
    for package in packages:
        reason = no_wheel(package, python)
        if reason:
            yield Finding(package.path, package.line, reason)


def _packages(config: Config, packages: list[Package]) -> Iterator[Finding]:
    requirements = requirements_file(config)
    line = config.line("build", "python_requirements")
    if requirements is not None and not requirements.is_file():
        yield Finding(config.path, line, f"{requirements.name} is not there")
    if requirements is not None and config.get("build", "python_packages"):
        text = "both `python_packages` and `python_requirements` are given: Cog takes one of them"
        yield Finding(config.path, line, text)
    for package in unpinned(packages):
        text = f"{package.name} is not pinned: a later build may get another version; write {package.name}==VERSION"
        yield Finding(package.path, package.line, text, serious=False)


def _gpu(config: Config, packages: list[Package]) -> Iterator[Finding]:
    build = config.get("build")
    given = cast("dict[str, Any]", build) if isinstance(build, dict) else {}
    frameworks = [package.name for package in packages if package.name in _FRAMEWORKS]
    if given.get("gpu") is True and not given.get("cuda") and not frameworks:
        text = "`gpu: true`, but no package says which CUDA is meant: give `build.cuda`, or drop `gpu`"
        yield Finding(config.path, config.line("build", "gpu"), text, serious=False)
    if given.get("gpu") is not True and given.get("cuda"):
        text = "`cuda` has no effect without `gpu: true`"
        yield Finding(config.path, config.line("build", "cuda"), text, serious=False)


# ---- the code


def _code(folder: Path, config: Config) -> Iterator[Finding]:
    try:
        yield from read_source(folder).findings
        project = Project(folder)
        for entry, train in ((config.runner(), False), (config.trainer(), True)):
            if entry is not None:
                module = project.file(folder / entry[0])
                yield from input_findings(find_target(module, entry[1], train=train))
                yield from _paths(folder, module)
    except CannotRead as error:
        yield error.finding


def _paths(folder: Path, module: Module) -> Iterator[Finding]:
    """Paths in the code that lead to nothing in the image."""
    documentation = {
        id(node.value)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in documentation:
            continue
        text = node.value
        if _FOREIGN_PLACE.fullmatch(text):
            yield module.finding(
                node, f"{text[:80]!r} is a path of this machine: it is not in the image", serious=False
            )
        elif Path(text).suffix in WEIGHTS and "://" not in text and not text.startswith(("/", ".")):
            line = left_out(folder, text)
            if line:
                words = f"{text[:80]} is left out of the image by {IGNORE}:{line}"
                yield module.finding(node, words, serious=False)
            elif "/" in text and not (folder / text).exists():
                words = f"{text[:80]} is not in this folder: the image has it only if setup() fetches it"
                yield module.finding(node, words, serious=False)


# ---- the folder


def _files(folder: Path) -> Iterator[Finding]:
    files = files_of(folder)
    for file in files:
        if file.left_out_by and Path(file.path).suffix in WEIGHTS and not file.path.startswith(_NEEDLESS):
            text = f"leaves {file.path[:120]} out of the image, which looks like weights"
            yield Finding(folder / IGNORE, file.left_out_by, text, serious=False)
    inside = [file for file in files if not file.left_out_by]
    for name in _NEEDLESS:
        size = sum(file.size for file in inside if file.path.startswith(f"{name}/"))
        if size > 1024**2:
            text = f"does not leave out {name}: {_size(size)} go into the image for nothing"
            yield Finding(folder / IGNORE, 0, text, serious=False)
    total = sum(file.size for file in inside)
    if total > _LARGE:
        largest = max(inside, key=lambda file: file.size)
        text = f"{_size(total)} go into the image, the largest {largest.path[:80]} ({_size(largest.size)})"
        yield Finding(folder / IGNORE, 0, text, serious=False)


def _size(size: int) -> str:
    return f"{size / 1024**3:.1f} GB" if size >= 1024**3 else f"{size / 1024**2:.0f} MB"
