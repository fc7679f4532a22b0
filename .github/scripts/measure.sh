#!/usr/bin/env bash
# One provider of a night: measured where its key is among the secrets, else left as it is declared.
# Rows that are worse than documented are findings, not a failed night; not being able to measure is one.
set -euo pipefail
: "${PROVIDER:?names the provider}" "${NIGHT:?names the folder for reports and cassettes}"

measured() { echo "measured=$1" >>"${GITHUB_OUTPUT:-/dev/null}"; }

if [ -z "${CONFORMANCE_API_KEY:-}" ]; then
  echo "::notice::$PROVIDER has no key among the secrets: it is shown as declared"
  measured false
  exit 0
fi

code=0
python -m pytest --provider="$PROVIDER" --api-key-env=CONFORMANCE_API_KEY --record \
  --cassettes="$NIGHT/cassettes" --reports="$NIGHT/reports" -p no:cacheprovider || code=$?
if [ "$code" -gt 1 ]; then
  measured false
  exit "$code"
fi
for matrix in "$NIGHT"/reports/*/*/matrix.json; do
  python -m conformance.report summary "$matrix"
done
measured true
