#!/usr/bin/env bash
# Starts the sandbox beside the job, and writes what clients read into the environment of the steps that follow.
set -euo pipefail
said="$RUNNER_TEMP/replicate-sandbox.json"
log="$RUNNER_TEMP/replicate-sandbox.log"
: >"$said"
# The options are words, as on a command line.
# shellcheck disable=SC2086
nohup python3 -m tui.sandbox ${SANDBOX_OPTIONS:-} >"$said" 2>"$log" </dev/null &
pid=$!
echo "$pid" >"$RUNNER_TEMP/replicate-sandbox.pid"
until [ -s "$said" ]; do
    if ! kill -0 "$pid" 2>/dev/null; then
        cat "$log" >&2
        exit 1
    fi
    sleep 0.1
done
python3 - "$said" >>"$GITHUB_ENV" <<'PYTHON'
import json
import sys

from tui.sandbox.child.environment import ADDRESSES, TOKENS

with open(sys.argv[1]) as file:
    said = json.loads(file.readline())
for name in TOKENS:
    print(f"{name}={said['token']}")
for name in ADDRESSES:
    print(f"{name}={said['base_url']}")
if "ca" in said:
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"):
        print(f"{name}={said['ca']}")
PYTHON
