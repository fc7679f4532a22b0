#!/usr/bin/env bash
# The suite at the very version of this action, in an environment of its own beside the caller's.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
python -m venv "$RUNNER_TEMP/conformance"
"$RUNNER_TEMP/conformance/bin/python" -m pip install --quiet -c "$root/constraints.txt" "$root"
