"""The config file's JSON schema: every setting, what it may be, and what it is for.

Editors complete and check by it; the reader takes its known names from here, so that there is one list of them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import cast

from tui.settings.archive import PATTERN
from tui.settings.model import ATTENTION, PICTURES
from tui.settings.themes import COLOURS
from tui.settings.user_commands import FACTS, PLACES

Schema = Mapping[str, object]


def _text(description: str, **more: object) -> Schema:
    return {"type": "string", "description": description, **more}


def _flag(description: str) -> Schema:
    return {"type": "boolean", "default": False, "description": description}


def _dollars(description: str) -> Schema:
    return {"type": "number", "minimum": 0, "description": description}


def _table(description: str, properties: Mapping[str, Schema], **more: object) -> Schema:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
        **more,
    }


def _tables(description: str, of: Schema) -> Schema:
    return {"type": "object", "description": description, "additionalProperties": of}


def _words(description: str) -> Schema:
    words = {"type": "array", "items": {"type": "string"}, "minItems": 1}
    return {"anyOf": [{"type": "string"}, words], "description": description}


_PROFILE: Mapping[str, Schema] = {
    "base_url": _text("The API's address; the one of replicate.com where it is not set."),
    "token": _text("The token. Safer: token_command, keyring, or the file that the console keeps it in."),
    "token_command": _words("A command that prints the token: a line for a shell, or a list of words without one."),
    "keyring": _flag("Whether the token is in the system's keyring; needs the extra `keyring`."),
    "headers": _tables("Headers that each request to base_url carries, as a gateway may want.", {"type": "string"}),
    "read_only": _flag("Whether everything that costs or changes something is refused."),
    "sandbox": _flag("Whether this profile is the sandbox."),
    "theme": _text("The colours of this profile."),
}
_COMMAND: Mapping[str, Schema] = {
    "key": _text("The key, such as ctrl+g. Where the command works, it goes before another command of that key."),
    "where": {
        "type": "array",
        "items": {"enum": [*PLACES]},
        "minItems": 1,
        "default": [*PLACES],
        "description": f"The sections where it works: some of {', '.join(PLACES)}.",
    },
    "run": _words(
        "What is run, without a shell: a line, or a list of words. "
        f"In it stand {', '.join(f'{{{name}}}' for name in FACTS)}."
    ),
    "title": _text("What the help and the palette call it."),
    "background": _flag("Whether it runs beside the console, and not in its terminal."),
    "token": _flag("Whether it gets the API's address and the token, as REPLICATE_API_BASE_URL and …_TOKEN."),
}
_THEME: Mapping[str, Schema] = {
    "base": _text("The theme that it begins from; unset, replicate-dark or replicate-light, as its background is."),
    **{
        name: _text(f"The colour of {words}, such as #1b1f27.", pattern="^#[0-9a-fA-F]{6}$")
        for name, words in COLOURS.items()
    },
}
_PRICE: Mapping[str, Schema] = {
    "hardware": _text("The SKU that the model runs on."),
    "per_run": _dollars("Dollars a run."),
    "per_second": _dollars("Dollars a second of run time."),
    "per_image": _dollars("Dollars an image."),
    "per_video_second": _dollars("Dollars a second of video."),
    "per_million_input_tokens": _dollars("Dollars a million tokens that it reads."),
    "per_million_output_tokens": _dollars("Dollars a million tokens that it writes."),
    "per_thousand_characters": _dollars("Dollars a thousand characters."),
    "per_input_megapixel": _dollars("Dollars a megapixel that it reads."),
    "per_output_megapixel": _dollars("Dollars a megapixel that it makes."),
    "tiers": {
        "type": "array",
        "items": {"type": "object"},
        "description": "Prices by what the input is: { when = { NAME = VALUE }, per_… = … }; the first that fits.",
    },
    "defaults": {"type": "object", "description": "What an input is where a run does not say."},
    "date": _text("The day of which the price is."),
    "source": _text("Where the price stands."),
}
_SETTINGS: Mapping[str, Schema] = {
    "profile": _text("The profile that is used where none is named.", default="default"),
    "theme": _text(
        "The colours: replicate-dark, replicate-light, a theme of Textual or your own. Unset, the terminal says."
    ),
    "read_only": _flag("Whether everything that costs or changes something is refused."),
    "pictures": {
        "enum": [*PICTURES],
        "default": PICTURES[0],
        "description": "How pictures are shown: as the terminal says, as real pixels, or by one kind of characters.",
    },
    "keymap": _tables("Keys by the command's id: its name in the help, with dashes.", {"type": "string"}),
    "attention": {
        "anyOf": [
            {"type": "array", "items": {"enum": [*ATTENTION]}},
            _table(
                "When something long ends and you do not look.",
                {
                    "ways": {
                        "type": "array",
                        "items": {"enum": [*ATTENTION]},
                        "default": [*ATTENTION],
                        "description": f"Some of {', '.join(ATTENTION)}; [] for none.",
                    },
                    "command": _words("Run besides, with what ended as its last argument; no shell, no token."),
                },
            ),
        ],
        "description": "When something long ends and you do not look: a list of ways, or a table.",
    },
    "prices": _table(
        "What things cost, before the book of `replicate-tui prices`; always an estimate.",
        {
            "date": _text("The day of which these prices are."),
            "hardware": _tables("Dollars a second by the hardware's SKU.", {"type": "number", "minimum": 0}),
            "models": _tables("By OWNER/NAME.", _table("What one model costs.", _PRICE)),
        },
    ),
    "budget": _table(
        "Dollars, by estimates; what would pass it asks first, or wants --yes.",
        {
            "day": _dollars("At most a day."),
            "month": _dollars("At most a calendar month."),
            "warn": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.8,
                "description": "The share from which on the status line warns.",
            },
        },
    ),
    "archive": _table(
        "What this machine keeps of predictions and trainings.",
        {
            "keep": _text(
                "How long they are kept (90d, 52w), how much of their saved files (5GB, 500MB), or both (90d, 5GB). "
                "What is older, and the oldest that have no room, is deleted at a start, with its files. "
                "You are asked before the first time. Unset, all are kept.",
                pattern=PATTERN,
            )
        },
    ),
    "profiles": _tables("Accounts and addresses by name.", _table("One profile.", _PROFILE)),
    "themes": _tables("Themes of your own by name; f6 in the console tries them.", _table("One theme.", _THEME)),
    "commands": _tables("Commands of your own by name.", _table("One command.", _COMMAND, required=["key", "run"])),
}
TOP, PROFILE, COMMAND, THEME = tuple(_SETTINGS), tuple(_PROFILE), tuple(_COMMAND), tuple(_THEME)


def config_schema(themes: Collection[str] = (), commands: Collection[str] = ()) -> dict[str, object]:
    """The schema; with the names of themes and of commands, an editor completes them too."""
    settings = dict(_SETTINGS)
    if themes:
        # Completed by the names of those that there are; those of the file itself are none of them.
        names = {"anyOf": [{"enum": sorted(themes)}, {"type": "string"}]}
        settings["theme"] = {"description": settings["theme"]["description"], **names}
    if commands:
        settings["keymap"] = {**settings["keymap"], "propertyNames": {"enum": sorted(commands)}}
    table = _table("The config file of replicate-tui.", settings)
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "replicate-tui", **table}


def described() -> list[tuple[str, str]]:
    """Each setting with its description, in the file's order, by its path: `profiles.NAME.base_url`."""
    return list(_walk("", _table("", _SETTINGS)))


def _walk(path: str, schema: Schema) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, one in cast("Mapping[str, Schema]", schema.get("properties", {})).items():
        found += _one(f"{path}{name}", one)
    return found


def _one(path: str, schema: Schema) -> list[tuple[str, str]]:
    found = [(path, str(schema.get("description", "")))]
    inner = cast("list[Schema]", schema.get("anyOf", []))
    for one in (schema, *inner):
        found += _walk(f"{path}.", one)
        of = one.get("additionalProperties")
        if isinstance(of, Mapping):
            found += _walk(f"{path}.NAME.", cast("Schema", of))
    return found
