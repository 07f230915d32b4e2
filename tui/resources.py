"""Where the shipped files lie: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path

OF_MODELS = ("theme", "models", "picture")
"""The sheets that the section Models needs: it is shown before the others are parsed."""


def styles() -> list[Path]:
    """The style sheets, the theme's first."""
    package = Path(__file__).parent
    folder = package / "styles"
    if not folder.is_dir():
        folder = package.parent / "styles"
    return sorted(folder.glob("*.tcss"), key=lambda path: (path.name != "theme.tcss", path.name))


def styles_beside(*names: str) -> list[Path]:
    """The style sheets but for those of these names."""
    return [path for path in styles() if path.stem not in names]
