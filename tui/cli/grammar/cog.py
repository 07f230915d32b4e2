"""What may be typed of Cog models on this machine."""

from __future__ import annotations

import argparse

from tui.cli.grammar.parsing import Command, field

_SCHEMA_EPILOG = """\
  replicate-tui cog schema . > openapi.json
The document is read from the source alone: nothing of the model is imported or run. What cannot be known that way is
said on stderr with its file and line, and the exit code is 1."""
_CHECK_EPILOG = """\
  replicate-tui cog check .
It looks at cog.yaml, the packages, the inputs, the paths in the code and what goes into the image. Each finding is a
line such as cog.yaml:4: …, with --json an object; the exit code is 1 where Cog would refuse the model."""
_TEMPLATES = ("text", "stream", "image", "train")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="DIR", nargs="?", help="the model's folder, with its cog.yaml (this one)")


def _init(init: argparse.ArgumentParser) -> None:
    init.add_argument("words", metavar="DIR", nargs="?", help="where the files go (this folder)")
    help = "what it begins with: text in and out, a stream of text, pictures, or a model that can be trained (text)"
    field(init, "template", help, metavar="|".join(_TEMPLATES), choices=_TEMPLATES)


COMMANDS = {
    "cog init": Command("Begin a Cog model: cog.yaml, the code, .dockerignore. Nothing is overwritten.", _init),
    "cog schema": Command("Print a model's OpenAPI schema, read from its source alone.", _folder, _SCHEMA_EPILOG),
    "cog check": Command("Say what is wrong with a model, or will be at the push.", _folder, _CHECK_EPILOG),
}
