"""What may be typed of this machine: its settings and its shell."""

from __future__ import annotations

import argparse

from .parsing import Command, field, nothing, port

SHELLS = ("bash", "zsh", "fish")

_EDITORS = """\
  replicate-tui config schema --json > ~/.config/replicate-tui/config.schema.json

and in the first line of config.toml, for editors with Taplo or Even Better TOML:

  #:schema ./config.schema.json"""

_SCRIPTS = """\
  eval "$(replicate-tui completion bash)"                                        # in ~/.bashrc
  eval "$(replicate-tui completion zsh)"                                         # in ~/.zshrc, behind compinit
  replicate-tui completion fish > ~/.config/fish/completions/replicate-tui.fish

Commands, options and their values are completed, models, ids, deployments and collections from what this machine keeps,
and the names of a model's inputs. Nothing is asked over the network."""


def _completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("words", metavar="SHELL", nargs=1, choices=SHELLS, help="bash, zsh or fish")


_AGENTS = """\
It speaks on stdin and stdout; an agent's program starts it. It needs the extra `mcp`.

  {"mcpServers": {"replicate": {"command": "replicate-tui", "args": ["mcp"]}}}

Its tools find models, read their inputs, estimate and check a run, and search the archive of this machine. With
--allow-runs they also run models and cancel: no run is sent twice, and none passes the budget of the config file."""


def _mcp(mcp: argparse.ArgumentParser) -> None:
    mcp.add_argument("--allow-runs", action="store_true", help="let agents run models, which costs money, and cancel")


_LOGIN = """\
  replicate-tui auth login                                        # asks for it
  replicate-tui auth login --token-stdin < token.txt
  vault kv get -field=token replicate | replicate-tui auth login --token-stdin --profile work

It asks the API whose the token is, and keeps it for the profile and the address in a file that only you can read. A
profile that there is not yet is made. A token never stands in the command line: others could read it there."""


def _login(login: argparse.ArgumentParser) -> None:
    # Taken only to be refused: argparse would repeat it.
    login.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    login.add_argument("--token-stdin", action="store_true", help="read the token from the first line of stdin")
    login.add_argument("--keyring", action="store_true", help="keep it in the system's keyring (the extra `keyring`)")


_BROWSER = """\
It prints an address that lets one browser in; when that one has opened it, the next address is printed. Each page has a
console of its own, which ends with the page. It needs the extra `web`. ctrl-c ends it.

  ssh -L 8000:127.0.0.1:8000 BOX replicate-tui serve       # then open what it prints on your own machine

An address other than this machine's own is served only with --password-file, or by TLS with a certificate."""


def _serve(serve: argparse.ArgumentParser) -> None:
    field(serve, "port", "the port to serve at; 0 for any free one (8000)", metavar="N", type=port)
    field(serve, "host", "the address to serve at (127.0.0.1)", metavar="ADDRESS")
    help = "a file whose first line is the password that readers are asked for; - is stdin"
    field(serve, "password_file", help, metavar="FILE")
    field(serve, "tls_cert", "a certificate with its chain, in PEM: the page is served by TLS", metavar="FILE")
    field(serve, "tls_key", "its key, where it is not in the same file", metavar="FILE")


COMMANDS = {
    "auth login": Command("Keep a token for the profile and its address.", _login, _LOGIN),
    "auth status": Command("Say whose the token is, where it comes from and where it goes; never the token.", nothing),
    "auth logout": Command("Remove the token that is kept for the profile and its address.", nothing),
    "serve": Command("Show the console in a browser.", _serve, _BROWSER),
    "mcp": Command("Serve tools for agents by the Model Context Protocol; read-only unless told.", _mcp, _AGENTS),
    "completion": Command("Print the script by which a shell completes this program's words.", _completion, _SCRIPTS),
    "config path": Command("Where the config file is; with --json the other files and folders too.", nothing),
    "config check": Command("Say what is wrong with the config file; the exit code is 2 where something is.", nothing),
    "config edit": Command("Open the config file in $VISUAL or $EDITOR, and check it afterwards.", nothing),
    "config schema": Command("The JSON schema of the config file, for editors that complete TOML.", nothing, _EDITORS),
}
