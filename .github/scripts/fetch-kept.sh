#!/usr/bin/env bash
# Brings what earlier nights kept from its branch into a folder. Only a branch that is truly not there is a first
# night: taking an unreachable server for one would publish a site without its history.
set -euo pipefail
: "${BRANCH:?names the branch}" "${KEPT:?names the folder}"

mkdir -p "$KEPT"
code=0
git ls-remote --exit-code --heads origin "refs/heads/$BRANCH" >/dev/null || code=$?
case "$code" in
  0)
    git fetch --quiet --depth=1 origin "refs/heads/$BRANCH"
    git archive FETCH_HEAD | tar -x -C "$KEPT"
    ;;
  2) echo "there is no branch $BRANCH yet: this is the first night" ;;
  *)
    echo "origin could not be asked for $BRANCH (git ended with $code)" >&2
    exit 1
    ;;
esac
