"""What may be typed of webhooks."""

from __future__ import annotations

import argparse

from tui.cli.grammar.parsing import FIELD, WEBHOOK_EVENTS, Command, address, count, field, nothing, port

_FORWARD_EPILOG = """\
  replicate-tui webhooks forward http://localhost:8000/hook
  replicate-tui webhooks forward http://localhost:8000/hook --model OWNER/NAME --events output,completed
It delivers what Replicate would have delivered there: the prediction as the body, signed with your account's own
secret, output and logs at most every half second, the last one tried again for a minute, no redirect followed.
It goes on until ctrl-c, or with --prediction until these have ended. Started again, it delivers what was left."""
_LISTEN_EPILOG = """\
  replicate-tui webhooks listen --port 8080 --forward http://localhost:8000/hook
It verifies each webhook, keeps it, answers 200, and hands it on as it came. Replicate needs an https address that leads
here, such as a tunnel: ssh -R 80:localhost:8080 to a server of yours, or cloudflared tunnel --url http://localhost:8080.
Without a tunnel, webhooks forward does the same for what this machine can see."""
_SEND_EPILOG = """\
  replicate-tui webhooks send ID http://localhost:8000/hook
One delivery, newly signed, of a prediction that is kept here or that Replicate still knows."""
_VERIFY_EPILOG = """\
  replicate-tui webhooks verify body.json --id msg_… --timestamp 1700000000 --signature 'v1,…'
  replicate-tui webhooks verify --request request.txt
The secret is your account's, or that of a variable of the environment, by --secret-env. The body must be as it came,
byte by byte. It ends with 0 where the signature is right and not older than --tolerance, else with 1 and the reason."""
_CHECK_EPILOG = """\
It looks up the name, opens a connection, reads the certificate, and posts one signed test webhook: what Replicate would
meet there, and what is wrong with it. It ends with 0 where the webhook is taken, else with 1."""


def _events(text: str) -> str:
    """Names of events, with commas between them. Raises ArgumentTypeError."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in WEBHOOK_EVENTS:
            raise argparse.ArgumentTypeError(f"must be of {', '.join(WEBHOOK_EVENTS)}, got {name[:40]!r}")
    return ",".join(dict.fromkeys(names))


def _url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(f"{FIELD}url", metavar="URL", type=address, help="the address of the receiver")


def _forward(forward: argparse.ArgumentParser) -> None:
    _url(forward)
    help = "only this prediction or training (may be repeated)"
    field(forward, "prediction", help, metavar="ID", action="append")
    field(forward, "model", "only the predictions of this model", metavar="OWNER/NAME")
    field(forward, "trainings", "trainings too", action="store_const", const="yes")
    field(forward, "events", "which webhooks (all)", metavar="EVENT,EVENT", type=_events)


def _listen(listen: argparse.ArgumentParser) -> None:
    field(listen, "port", "the port to listen at; 0 for any free one (8080)", metavar="N", type=port)
    field(listen, "host", "the address to listen at (127.0.0.1)", metavar="ADDRESS")
    field(listen, "forward", "where each is handed on to", metavar="URL", type=address)


def _send(send: argparse.ArgumentParser) -> None:
    send.add_argument("words", metavar="ID", nargs=1)
    _url(send)
    field(send, "event", "which event it is shown as (completed)", metavar="EVENT", choices=WEBHOOK_EVENTS)


def _verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument("words", metavar="FILE", nargs="?", help="the body, as it came; - is stdin")
    field(verify, "id", "the header webhook-id", metavar="TEXT")
    field(verify, "timestamp", "the header webhook-timestamp", metavar="SECONDS")
    field(verify, "signature", "the header webhook-signature", metavar="TEXT")
    field(verify, "request", "the whole request as it came, head and body; - is stdin", metavar="FILE")
    field(verify, "secret_env", "the variable of the environment that holds the secret", metavar="NAME")
    help = "how many seconds its time may be off; 0 for any (300)"
    field(verify, "tolerance", help, metavar="SECONDS", type=count)


def _check(check: argparse.ArgumentParser) -> None:
    _url(check)


COMMANDS = {
    "webhooks forward": Command(
        "Deliver webhooks to a program on this machine, without a tunnel.", _forward, _FORWARD_EPILOG
    ),
    "webhooks listen": Command("Take webhooks at this machine, verify them and keep them.", _listen, _LISTEN_EPILOG),
    "webhooks send": Command("Deliver one webhook of a prediction.", _send, _SEND_EPILOG),
    "webhooks verify": Command("Say whether a webhook is Replicate's, and if not, why.", _verify, _VERIFY_EPILOG),
    "webhooks check": Command("Say what a webhook would meet at an address.", _check, _CHECK_EPILOG),
    "webhooks secret": Command(
        "Print the secret that signs webhooks. Whoever has it can sign as Replicate: keep it to yourself.", nothing
    ),
}
