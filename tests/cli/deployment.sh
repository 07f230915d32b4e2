#!/usr/bin/env bash
# A deployment from its creation to its end, by the command line alone. It needs an account, or a sandbox:
#   replicate-tui sandbox --retention 5s &     # prints the address and the token to export
set -euo pipefail

# What one expression says of the JSON on stdin: value '["current_release"]["number"]'
value() { python3 -c "import json, sys; print(json.load(sys.stdin)$1)"; }
picture=(-i prompt="a lake" -i width=64 -i height=64 -i steps=1 -i pace=0)

versions=$(replicate-tui versions sandbox/fractal --json)
newest=$(value '[0]["id"]' <<<"$versions")
before=$(value '[1]["id"]' <<<"$versions")

# Made with no instances standing: nothing is billed while nobody uses it.
made=$(replicate-tui deployments create lakes --model "sandbox/fractal:$before" --hardware cpu --json)
lakes=$(value '["owner"]' <<<"$made")/lakes

# Scaled 0 → 2 → 1. Instances that stand cost money: without a terminal, --yes says that this is meant.
replicate-tui deployments update "$lakes" --min-instances 2 --max-instances 3 --yes --json >/dev/null
replicate-tui deployments update "$lakes" --min-instances 1 --yes --json >/dev/null

# Other hardware, and the newest version: each change is a release.
replicate-tui deployments update "$lakes" --hardware gpu-t4 --yes --json >/dev/null
changed=$(replicate-tui deployments update "$lakes" --model-version "$newest" --json)
echo "release $(value '["current_release"]["number"]' <<<"$changed") runs on" \
  "$(value '["current_release"]["configuration"]["hardware"]' <<<"$changed")"

# Run through it, twice.
for _ in 1 2; do
  replicate-tui run --deployment "$lakes" "${picture[@]}" --json | value '["status"]'
done

# Switched off. What ran a moment ago cannot be deleted yet: the reason is on stderr, and the exit code is 2.
replicate-tui deployments update "$lakes" --min-instances 0 --max-instances 0 --yes --json >/dev/null
replicate-tui deployments delete "$lakes" --yes --json || echo "not yet: exit code $?"

# Offline and unused for 15 minutes (in the sandbox, for its --retention), it can go.
until replicate-tui deployments delete "$lakes" --yes --json 2>/dev/null; do sleep 1; done
