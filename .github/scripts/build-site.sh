#!/usr/bin/env bash
# Takes the good runs of the checkout and of the night into what is kept, and builds the site of it. Without a single
# run it fails before anything is published.
set -euo pipefail
: "${KEPT:?names the folder of what is kept}" "${NIGHT:?names the folder of the night}" "${SITE:?names the folder of the site}"

if [ -z "${SITE_URL:-}" ]; then
  owner=${GITHUB_REPOSITORY%%/*}
  SITE_URL="https://${owner,,}.github.io/${GITHUB_REPOSITORY#*/}"
fi
python -m conformance.report combine "$KEPT" . "$NIGHT" | tee "$KEPT.log"
python -m conformance.report "$KEPT/reports" --out "$SITE" --cassettes "$KEPT/cassettes" --url "$SITE_URL"
test -s "$SITE/index.html"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  # Indented: names of models are not markup.
  { echo "### Runs of this night"; echo; sed 's/^/    /' "$KEPT.log"; } >>"$GITHUB_STEP_SUMMARY"
fi
