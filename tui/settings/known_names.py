"""Warns of a theme, a command or a key in the settings that does not exist, with what would be right."""

from __future__ import annotations

from collections.abc import Callable, Collection

from tui.settings.model import Settings


def unknown_names(
    settings: Settings,
    themes: Collection[str],
    commands: Collection[str],
    nearest_key: Callable[[str], str | None],
) -> list[str]:
    """A warning for the theme, where it is none of `themes`, for each keymap entry that is none of `commands`, and for
    each key that there is not: `nearest_key` gives the one that was perhaps meant, None for a key that exists."""
    warnings: list[str] = []
    file = settings.paths.config_file
    if settings.theme is not None and settings.theme not in themes:
        source = "--theme" if settings.options.theme else str(file)
        warnings.append(f"{source}: there is no theme {settings.theme!r}; {_advice(settings.theme, themes)}")
    for name in (name for name in settings.keymap if name not in commands):
        advice = _advice(name, commands, "the help (?) names them")
        warnings.append(f"{file}: [keymap]: there is no command {name!r}; {advice}")
    keys = [(f"[keymap]: {name}", keys) for name, keys in settings.keymap.items()]
    keys += [(f"[commands.{one.name}]", one.key) for one in settings.commands]
    for where, key in keys:
        near = nearest_key(key)
        if near is not None:
            advice = f"did you mean {near!r}?" if near else "keys are written as 'x', 'X', 'ctrl+x', 'f5', 'enter'."
            warnings.append(f"{file}: {where}: there is no key {key!r}; {advice}")
    return warnings


def _advice(name: str, known: Collection[str], otherwise: str = "") -> str:
    import difflib  # for a wrong name only: a start does without it

    near = difflib.get_close_matches(name.lower().replace("_", "-").replace(" ", "-"), known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return otherwise + "." if otherwise else f"known are {', '.join(sorted(known))}."
