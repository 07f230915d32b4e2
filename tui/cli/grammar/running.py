"""What may be typed to run and to train, to follow and to cancel."""

from __future__ import annotations

import argparse
from pathlib import Path

from .parsing import Command, address, duration, field, follow, inputs, limit, moment, webhook, words, yes

_RUN_EPILOG = """\
On a terminal, the form opens where a value is missing, and otherwise the run starts in the console. With --json,
--stream, --save, --wait, --no-wait, --webhook, --webhook-forward, --deployment or --cancel-on-interrupt, or where
stdout is no terminal, nothing opens.

ctrl-c leaves a prediction that was created running, and says how to cancel it: what it has cost would be lost.
With --cancel-on-interrupt, ctrl-c cancels it; a second ctrl-c leaves at once.

  replicate-tui --sandbox run sandbox/guide -i prompt="How do I cancel a prediction?" --stream
  replicate-tui run owner/model -i image=@photo.jpg --save out --json
  replicate-tui run --deployment you/fast -i prompt="a lake" --json
  jq .input last.json | replicate-tui run owner/model --input - -i seed=7 --json
  replicate-tui --sandbox run sandbox/upscale -i image=@prediction:ID/0 --save out"""
_FOLLOW_EPILOG = """\
--follow prints one JSON object per line, as it is now and at each change, to the end. A question that fails is asked
again; after five minutes without any answer it ends with code 4. """


LANGUAGES = ("python", "node", "curl", "cli")
_CODE_EPILOG = """\
  replicate-tui code ID --language node > run.mjs
The token is the environment's, never a value in the code; cli is this command line."""
_TRAIN_EPILOG = """\
  replicate-tui trainings create sandbox/bard --destination you/poet --create-destination cpu -i train_data=@sonnets.txt

The values are checked against what the version says it trains on, and the destination is looked for, before anything
is sent. ctrl-c leaves a training that was created running, and says how to cancel it."""


_LOCAL_EPILOG = """\

--local finds what this machine keeps, also after Replicate has removed it, and asks nothing of the API: words, and
status:failed, model:flux, since:2h, until:2026-11-21, source:web, id:, version:, deployment:.

  replicate-tui predictions --local lake status:succeeded since:7d
  replicate-tui predictions --local model:flux --limit 0 --csv > runs.csv
  replicate-tui predictions --local until:2025-12-31 --delete

--delete takes what has ended out of this machine's archive, with the files that the console saved; copies that you made
elsewhere stay, and what was used stays counted. Replicate keeps what it keeps."""


def _predictions(predictions: argparse.ArgumentParser) -> None:
    predictions.add_argument("words", metavar="ID", nargs="*", help="one of them, or with --local words and filters")
    _local(predictions)
    limit(predictions)
    field(predictions, "created_after", "those since then: a date, a time, or 2h ago", metavar="TIME", type=moment)
    field(predictions, "created_before", "those before then", metavar="TIME", type=moment)
    field(predictions, "source", "web: those made on the website, of the last 14 days", choices=("web",))
    follow(predictions)


def _local(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--local", action="store_true", help="find them in what this machine keeps")
    field(parser, "format", "with --local: comma-separated values", "--csv", action="store_const", const="csv")
    field(parser, "format", "with --local: a JSON object per line", "--jsonl", action="store_const", const="jsonl")
    field(
        parser,
        "format",
        "with --local: a list, also where stdout is no terminal",
        "--table",
        action="store_const",
        const="table",
    )
    parser.add_argument("--delete", action="store_true", help="with --local: delete all that it finds, files included")
    yes(parser)


def _code(code: argparse.ArgumentParser) -> None:
    code.add_argument("words", metavar="ID", nargs=1)
    field(code, "language", f"{', '.join(LANGUAGES)} (python)", choices=LANGUAGES)


def _trainings(trainings: argparse.ArgumentParser) -> None:
    trainings.add_argument("words", metavar="ID", nargs="*", help="one of them, or with --local words and filters")
    _local(trainings)
    limit(trainings)
    follow(trainings)


def _run(run: argparse.ArgumentParser) -> None:
    run.add_argument("words", metavar="OWNER/NAME[:VERSION]", nargs="+")
    run.add_argument("--deployment", action="store_true", help="OWNER/NAME is a deployment")
    inputs(run, "the model's")
    run.add_argument("--save", metavar="DIR", type=Path, help="save the output files into DIR")
    run.add_argument(
        "--cancel-after", metavar="TIME", type=duration, help="cancel it so long after its creation: 30s, 5m, 1h30m"
    )
    run.add_argument("--stream", action="store_true", help="print the output's text as it comes")
    run.add_argument("--dry-run", action="store_true", help="say what would be sent and may cost, and send nothing")
    yes(run, "do not ask where it would pass the budget of the config file")
    _wait(run)
    webhook(run)
    field(run, "webhook_forward", "deliver its webhooks to a program on this machine", metavar="URL", type=address)


def _train(train: argparse.ArgumentParser) -> None:
    train.add_argument(
        "words", metavar="OWNER/NAME[:VERSION]", nargs="+", help="what trains; its latest version if none"
    )
    field(train, "destination", "the model of yours that gets the new version", metavar="OWNER/NAME", required=True)
    train.add_argument(
        "--create-destination",
        metavar="SKU",
        help="make the destination, to run on this hardware, where it is not there (private; see --visibility)",
    )
    field(
        train, "visibility", "public or private: of a destination that is made (private)", choices=("public", "private")
    )
    yes(train, "do not ask where it would pass the budget of the config file")
    inputs(train, "the training's")
    _wait(train)
    webhook(train)


def _wait(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait", action=argparse.BooleanOptionalAction, help="wait for the end (the default), or only create it"
    )
    parser.add_argument("--cancel-on-interrupt", action="store_true", help="ctrl-c cancels it")


_CHAT_EPILOG = """\
On a terminal the console opens on the conversation. With --json, or where stdin or stdout is no terminal, all of stdin
is one question, with --lines each line of it is one, and each answer is one line of JSON on stdout: its text, its
prediction, tokens and times. A question may also be {"text": "…", "attachments": ["PATH or URL", …]}. The conversation
is kept; each answer names its id.

  echo "How do I cancel a prediction?" | replicate-tui --sandbox chat sandbox/guide --json
  git diff | replicate-tui chat owner/model --system "Review this."
  replicate-tui chat owner/model --lines -i temperature=0.2 --system "Be brief." < questions.txt
  replicate-tui chat --conversation ID --json < more.txt"""


def _chat(chat: argparse.ArgumentParser) -> None:
    chat.add_argument("words", metavar="OWNER/NAME[:VERSION]", nargs="?")
    chat.add_argument("--conversation", metavar="ID", help="go on with a conversation, also with another model")
    chat.add_argument("--system", metavar="TEXT", help="the system prompt")
    chat.add_argument("--lines", action="store_true", help="each line of stdin is a question, in place of all of it")
    inputs(chat, "the model's")


_CANCEL = Command("Cancel predictions, without asking. What ran until now is billed.", words("ID", "+"))
COMMANDS = {
    "run": Command("Run a model, or a deployment.", _run, _RUN_EPILOG),
    "chat": Command("Chat with a language model.", _chat, _CHAT_EPILOG),
    "predictions": Command(
        "Your predictions, newest first, or one.",
        _predictions,
        _FOLLOW_EPILOG + "For the list it ends when nothing is live.\n" + _LOCAL_EPILOG,
    ),
    "code": Command("Print the code that makes a prediction again.", _code, _CODE_EPILOG),
    "cancel": _CANCEL,
    "predictions cancel": _CANCEL,
    "trainings": Command(
        "Your trainings, newest first, or one.",
        _trainings,
        f"  replicate-tui trainings create --help\n  replicate-tui trainings cancel ID...\n\n{_FOLLOW_EPILOG}",
    ),
    "trainings create": Command("Train a model on data of yours.", _train, _TRAIN_EPILOG),
    "trainings cancel": Command("Cancel trainings, without asking. What ran until now is billed.", words("ID", "+")),
}
