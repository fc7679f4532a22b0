#!/usr/bin/env bash
# Measures the endpoint and decides how the step ends: with a baseline, by what is worse than there; without one, as
# the suite itself ends. Not being able to measure fails in both.
set -euo pipefail
: "${ENDPOINT:?give the input endpoint}"
: "${CONFORMANCE_API_KEY:?set it in the env of the step; an endpoint that needs no key takes any word}"
python=${PYTHON:-$RUNNER_TEMP/conformance/bin/python}

reports=$(mktemp -d "$RUNNER_TEMP/conformance-reports.XXXXXX")
stem=matrix
words=("--endpoint=$ENDPOINT" "--auth=${AUTH:-x-api-key}" "--reports=$reports" -p no:cacheprovider)
if [ -n "${MODEL:-}" ]; then words+=("--model=$MODEL"); fi
if [ -n "${PROFILE:-}" ]; then
  words+=("--profile=$PROFILE")
  stem=selection
fi
read -r -a further <<<"${OPTIONS:-}"
baseline=
if [ -n "${BASELINE:-}" ]; then baseline=$(realpath "$BASELINE"); fi

# A folder of its own: the caller's pytest settings and conftest are about the caller's tests.
cd "$(mktemp -d "$RUNNER_TEMP/conformance-run.XXXXXX")"
code=0
"$python" -m pytest --pyargs conformance "${words[@]}" ${further[@]+"${further[@]}"} || code=$?
if [ "$code" -gt 1 ]; then exit "$code"; fi

found=("$reports"/*/*/"$stem".json "$reports"/*/*/selection.json)
for matrix in "${found[@]}"; do
  if [ -f "$matrix" ]; then break; fi
done
[ -f "$matrix" ] || { echo "the run wrote no $stem.json" >&2; exit 1; }
{ echo "matrix=$matrix"; echo "reports=$reports"; } >>"${GITHUB_OUTPUT:-/dev/null}"
"$python" -m conformance.report summary "$matrix" ${baseline:+--baseline "$baseline"}
if [ -z "$baseline" ]; then exit "$code"; fi
"$python" -m conformance.report diff "$baseline" "$matrix"
