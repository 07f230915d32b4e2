"""Warns of a theme or a command in the settings that does not exist, with what would be right."""

from __future__ import annotations

from collections.abc import Collection

from tui.settings.model import Settings


def unknown_names(settings: Settings, themes: Collection[str], commands: Collection[str]) -> list[str]:
    """A warning for the theme, where it is none of `themes`, and for each keymap entry that is none of `commands`."""
    warnings: list[str] = []
    if settings.theme is not None and settings.theme not in themes:
        source = "--theme" if settings.options.theme else str(settings.paths.config_file)
        warnings.append(f"{source}: there is no theme {settings.theme!r}; {_advice(settings.theme, themes)}")
    for name in settings.keymap:
        if name not in commands:
            where = f"{settings.paths.config_file}: [keymap]"
            warnings.append(
                f"{where}: there is no command {name!r}; {_advice(name, commands, 'the help (?) names them')}"
            )
    return warnings


def _advice(name: str, known: Collection[str], otherwise: str = "") -> str:
    import difflib  # for a wrong name only: a start does without it

    near = difflib.get_close_matches(name.lower().replace("_", "-").replace(" ", "-"), known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise + "." if otherwise else f"known are {', '.join(sorted(known))}."
