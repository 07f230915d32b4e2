"""What may be typed of Cog models on this machine."""

from __future__ import annotations

import argparse
from pathlib import Path

from tui.cli.grammar.parsing import Command, field, inputs, port, words, yes

_SCHEMA_EPILOG = """\
  replicate-tui cog schema . > openapi.json
The document is read from the source alone: nothing of the model is imported or run. What cannot be known that way is
said on stderr with its file and line, and the exit code is 1. Then --import may be used: it runs the model's code, in
a process of its own without a token, but none of its setup()."""
_OPEN_EPILOG = """\
  replicate-tui cog .
  replicate-tui cog localhost:5000
It opens the section Local. Nothing of the model is run before a run, or a start, is asked for. With --json, or where
stdout is no terminal, it prints the schema, as `cog schema` does. A folder with the name of a command, such as run, is
written with a ./ before it."""
_CHECK_EPILOG = """\
  replicate-tui cog check .
It looks at cog.yaml, the packages, the inputs, the paths in the code and what goes into the image. Each finding is a
line such as cog.yaml:4: …, with --json an object; the exit code is 1 where Cog would refuse the model."""
_RUN_EPILOG = """\
  replicate-tui cog run . -i prompt="a lake" --stream
  replicate-tui cog run . -i image=@photo.jpg --save out --python ~/envs/model/bin/python
  replicate-tui cog run localhost:5000 -i prompt="a lake" --json
The values are checked before the model is set up. It runs in its own folder by Cog's runtime, in the Python of
--python, of a .venv beside it, or this one, which must have cog==0.23.1. It gets no token, and all its processes end
with this one.
What setup and run print is on stderr. ctrl-c cancels, a second one leaves at once. With a token, by which the archive
knows whose it is, the run is kept there, marked local: `predictions --local source:local` finds it. Nothing is asked of
the API. A folder with a colon in its name is written with a ./ before it."""
_SERVE_EPILOG = """\
  replicate-tui cog serve . --port 8393
  REPLICATE_BASE_URL=http://127.0.0.1:8393 python program.py
Cog's own server answers at that port, and under /v1 Replicate's API: predictions with their streams, webhooks and
cancellation, and files. A program that uses the official client runs unchanged there; whatever model, version or
deployment it names, this one answers. Trainings, and lists of models, are not served."""
_BUILD_EPILOG = """\
  replicate-tui cog push . r8.im/OWNER/NAME
The folder is checked first; a push stops at errors. Without an image, cog takes that of cog.yaml. `cog login` lets the
`cog` command in at Replicate: it gets no token from here."""
_TEMPLATES = ("text", "stream", "image", "train")


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="DIR|URL", nargs="?", help="the model's folder, or a Cog server (HOST:PORT)")


def _folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", metavar="DIR", nargs="?", help="the model's folder, with its cog.yaml (this one)")


def _init(init: argparse.ArgumentParser) -> None:
    init.add_argument("words", metavar="DIR", nargs="?", help="where the files go (this folder)")
    help = "what it begins with: text in and out, a stream of text, pictures, or a model that can be trained (text)"
    field(init, "template", help, metavar="|".join(_TEMPLATES), choices=_TEMPLATES)


_image = words("DIR|r8.im/OWNER/NAME", "*", "the model's folder (this one), and the image's name")


def _python(parser: argparse.ArgumentParser) -> None:
    field(parser, "python", "the Python that runs it (a .venv beside the model, else this one)", metavar="PATH")


def _schema(schema: argparse.ArgumentParser) -> None:
    _folder(schema)
    help = "import the model in a process of its own, and ask Cog's runtime what its code says"
    field(schema, "import", help, action="store_const", const="yes")
    _python(schema)


def _run(run: argparse.ArgumentParser) -> None:
    run.add_argument("words", metavar="DIR|URL", nargs="?", help="the model's folder (this one), or a Cog server")
    inputs(run, "the model's")
    run.add_argument("--save", metavar="PATH", type=Path, help="save the output into a folder, or under a name")
    run.add_argument("--stream", action="store_true", help="print the output's text as it comes")
    field(run, "train", "train instead: the inputs of train()", action="store_const", const="yes")
    _python(run)


def _serve(serve: argparse.ArgumentParser) -> None:
    _folder(serve)
    field(
        serve, "port", "the port to serve at, on this machine alone; 0 for any free one (8393)", metavar="N", type=port
    )
    _python(serve)


def _push(push: argparse.ArgumentParser) -> None:
    _image(push)
    yes(push, "push although the check has found errors")


COMMANDS = {
    "cog": Command("Open a Cog model, or a Cog server that runs, in the console.", _open, _OPEN_EPILOG),
    "cog init": Command("Begin a Cog model: cog.yaml, the code, .dockerignore. Nothing is overwritten.", _init),
    "cog run": Command("Run a Cog model once, without Docker, or on a server that runs.", _run, _RUN_EPILOG),
    "cog serve": Command("Serve a Cog model at a port, without Docker.", _serve, _SERVE_EPILOG),
    "cog build": Command("Build a model's image, by the `cog` command and Docker.", _image, _BUILD_EPILOG),
    "cog push": Command("Push a model to Replicate, by the `cog` command and Docker.", _push, _BUILD_EPILOG),
    "cog schema": Command("Print a model's OpenAPI schema, read from its source alone.", _schema, _SCHEMA_EPILOG),
    "cog check": Command("Say what is wrong with a model, or will be at the push.", _folder, _CHECK_EPILOG),
}
