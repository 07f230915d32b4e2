"""The Python packages that cog.yaml asks for: each with its version and the line at which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from tui.cog.config import Config

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)")
_PINNED = re.compile(r"===?\s*(?P<version>[0-9][^\s,;*]*)\s*(?:;.*)?")
_OTHER_NAMES = {
    "pil": "pillow",
    "cv2": "opencv-python",
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "yaml": "pyyaml",
    "bs4": "beautifulsoup4",
    "dateutil": "python-dateutil",
    "fitz": "pymupdf",
    "dotenv": "python-dotenv",
    "google": "protobuf",
    "attr": "attrs",
    "serial": "pyserial",
    "git": "gitpython",
    "openssl": "pyopenssl",
    "crypto": "pycryptodome",
    "soundfile": "soundfile",
    "whisper": "openai-whisper",
}
"""Modules whose package is called otherwise."""


class Package(Struct, frozen=True):
    """One line of python_packages, or of the requirements file."""

    name: str
    """In lower case, with `-`."""
    version: str | None
    """The one that it is pinned to."""
    path: Path
    line: int
    link: bool = False
    """Whether it is fetched from an address, which its own commit or file name pins."""


def packages_of(config: Config) -> list[Package]:
    """What `python_packages` and `python_requirements` ask for."""
    found = [_package(text, config.path, line) for text, line in config.texts("build", "python_packages")]
    requirements = requirements_file(config)
    if requirements is not None and requirements.is_file():
        lines = requirements.read_text("utf-8", "replace").splitlines()
        found += [_package(text, requirements, number) for number, text in enumerate(lines, 1)]
    return [package for package in found if package is not None]


def requirements_file(config: Config) -> Path | None:
    """The file that `python_requirements` names, whether it is there or not."""
    name = config.get("build", "python_requirements")
    return config.path.parent / name if isinstance(name, str) and name else None


def normal(name: str) -> str:
    """A package's name as the registry compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def package_of_module(module: str) -> str:
    """The package that brings a module, as far as it is known: `PIL` is of pillow."""
    top = module.partition(".")[0]
    return _OTHER_NAMES.get(top.lower(), normal(top))


def brings(packages: list[Package], module: str) -> Package | None:
    """The line that brings the module."""
    wanted = package_of_module(module)
    near = (wanted, f"{wanted}-headless", f"{wanted}-gpu", f"{wanted}-cpu")
    return next((package for package in packages if package.name in near), None)


def _package(text: str, path: Path, line: int) -> Package | None:
    text = re.sub(r"(?:^|\s)#.*", "", text).strip()
    if not text or text.startswith("-"):
        return None
    if re.match(r"(git\+|https?://|\./|/)", text) or " @ " in text:
        name = text.partition(" @ ")[0] if " @ " in text else text.rsplit("/", 1)[-1].partition("@")[0]
        return Package(normal(name.removesuffix(".git")), None, path, line, link=True)
    match = _REQUIREMENT.fullmatch(text)
    if match is None:
        return None
    pinned = _PINNED.fullmatch(match["rest"].strip())
    return Package(normal(match["name"]), pinned["version"] if pinned else None, path, line)


_WHEELS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "torch": (
        ("1.12", "3.7", "3.10"),
        ("1.13", "3.7", "3.11"),
        ("2.0", "3.8", "3.11"),
        ("2.2", "3.8", "3.12"),
        ("2.5", "3.9", "3.12"),
        ("2.6", "3.9", "3.13"),
        ("2.9", "3.10", "3.14"),
    ),
    "numpy": (
        ("1.21", "3.7", "3.10"),
        ("1.23", "3.8", "3.11"),
        ("1.25", "3.9", "3.11"),
        ("1.26", "3.9", "3.12"),
        ("2.1", "3.10", "3.13"),
        ("2.3", "3.11", "3.14"),
    ),
    "tensorflow": (
        ("2.8", "3.7", "3.10"),
        ("2.12", "3.8", "3.11"),
        ("2.16", "3.9", "3.12"),
        ("2.20", "3.9", "3.13"),
    ),
}
"""From which version on a package has wheels for which versions of Python, the oldest and the newest."""


def no_wheel(package: Package, python: str) -> str | None:
    """Why there is no wheel of a pinned package for this Python; None where there is one, or nothing is known."""
    versions, rows = _numbers(package.version or ""), _WHEELS.get(package.name, ())
    row = next((row for row in reversed(rows) if versions and versions >= _numbers(row[0])), None)
    # Of a Python that is newer than the newest row nothing is known.
    if row is None or (row == rows[-1] and minor(python) > _numbers(row[2])):
        return None
    if _numbers(row[1]) <= _numbers(python)[:2] <= _numbers(row[2]):
        return None
    return f"{package.name} {package.version} has wheels for Python {row[1]} to {row[2]}, not for {python}"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def minor(python: str) -> tuple[int, ...]:
    """(3, 12) of 3.12.1."""
    return _numbers(python)[:2]


def unpinned(packages: list[Package]) -> Iterator[Package]:
    """Those of which a later build may get another version."""
    yield from (package for package in packages if package.version is None and not package.link)
