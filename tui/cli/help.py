"""The help of the whole command line, grouped by what a person wants to do."""

HELP = """\
The console for Replicate in a terminal.

Usage: replicate-tui [OPTIONS] [COMMAND]

Models
  models [QUERY]             the models, or those that a search finds
  model OWNER/NAME[:VERSION] one model, or one version of it
  versions OWNER/NAME        its versions; versions delete OWNER/NAME:VERSION
  examples OWNER/NAME        the predictions that its owner shows
  readme OWNER/NAME          its README
  models sync                copy all public models into this machine's list; later only what changed
  models create|update|delete OWNER/NAME
                             your own models
  collections [SLUG]         the collections, or one with its models
  search QUERY               models, collections and documentation

Run
  run OWNER/NAME[:VERSION] [-i NAME=VALUE]... [-i NAME=@FILE]...
                             run a model, or with --deployment a deployment; see: replicate-tui run --help
  batch OWNER/NAME [FILE] [--set NAME=1..8]...
                             run a model on each row of a file, or over a grid of values
  batches [ID]               your batches, or one; batches resume|retry|cancel|export|delete ID
  chat [OWNER/NAME]          chat with a language model; with --json stdin is the question
  predictions [ID]           your predictions, or one; --json --follow prints a line per change
  predictions --local QUERY  what this machine keeps: words, status:failed, model:…, since:7d; --csv, --jsonl
  code ID [--language python|node|curl|cli]
                             the code that makes a prediction again
  cancel ID...               cancel predictions, without asking
  trainings [ID]             your trainings, or one; trainings cancel ID...
  trainings create OWNER/NAME --destination OWNER/NAME [-i NAME=@FILE]...
                             train a model on data of yours

Yours at Replicate
  deployments [OWNER/NAME]   your deployments, or one
  deployments create|update|delete NAME
                             what they run, on what, and how many instances
  files [ID]                 your files; files upload FILE..., files delete ID..., files download LINK
  webhooks forward URL       deliver webhooks to a program on this machine, without a tunnel
  webhooks listen            take webhooks at this machine, verify and keep them
  webhooks send ID URL       deliver one; webhooks verify says whether one is Replicate's
  webhooks check URL         what a webhook would meet at an address
  webhooks secret            the secret that signs webhooks
  account                    who the token belongs to (also: whoami)
  hardware                   what models can run on

A Cog model on this machine
  cog [DIR|URL]              open it in the console: its form, its result, its source
  cog init [DIR]             begin one: cog.yaml and the code; --template text|stream|image|train
  cog check [DIR]            what is wrong with it, or will be at the push, with file and line
  cog schema [DIR]           its OpenAPI schema, read from the source alone
  cog run [DIR|URL] [-i NAME=VALUE]...
                             run it once without Docker, or on a Cog server that runs; --train trains
  cog serve [DIR]            serve it at a port of this machine, as Cog does
  cog build|push [DIR] [r8.im/OWNER/NAME]
                             its image, by the cog command and Docker

What it costs
  usage [--since 30d] [--by model|day|…]
                             what was used and what it may have cost; usage sync reads what was made elsewhere
  prices                     the prices that estimates come of, each with its source and date

This machine
  serve [--port N]           the console in a browser: prints an address that lets one in
  sandbox [-- COMMAND]       serve a local Replicate, or run a command with it; see: replicate-tui sandbox --help
  auth login|status|logout   the token: kept in a file of yours alone, whose it is, removed; login --token-stdin
  config path|check|edit|schema
                             the config file: where it is, what is wrong with it, your editor on it
  completion bash|zsh|fish   the script by which a shell completes commands, names and ids
  mcp [--allow-runs]         tools for agents by the Model Context Protocol; read-only unless told
  doctor                     what works here: token, API, colours, images, clipboard, Cog

Without a command the console opens on the models. A command opens it at that place, where it has one; with --json,
or where stdout is no terminal, it prints the API's objects instead, and speaks to people on stderr only. What deletes,
or goes on costing, asks first; without a terminal it has to be told --yes.

Options, before or after the command
  --sandbox                  use the local Replicate: no token, no bill
  --base-url URL             the API's address, with or without /v1
  --profile NAME             a profile of the config file; what it sets wins over the environment
  --read-only                refuse whatever costs or changes something
  --theme NAME               the console's colours
  --json                     print the API's objects as JSON
  --version                  print the version
  -h, --help                 print this, or a command's own help

Environment: REPLICATE_API_TOKEN; REPLICATE_API_BASE_URL or REPLICATE_BASE_URL; NO_COLOR; REPLICATE_TUI_HOME puts
config, data, cache and log under one folder. A .env in the working folder is read for the first three.

Exit codes: 0 done; 1 the prediction or training failed, was canceled or aborted, or you said no; 2 wrong usage, or an
input that is refused; 3 no token or a bad one; 4 the API or the network; 130 interrupted."""
