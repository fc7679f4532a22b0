#!/usr/bin/env bash
# Commits what is kept to its branch, on top of what is there: the history of the published figures. Nothing is
# checked out and nothing is forced; a folder without a run is refused.
set -euo pipefail
: "${BRANCH:?names the branch}" "${KEPT:?names the folder}"

compgen -G "$KEPT/reports/*/*/matrix.json" >/dev/null || { echo "$KEPT holds no run" >&2; exit 1; }

parent=
code=0
git ls-remote --exit-code --heads origin "refs/heads/$BRANCH" >/dev/null || code=$?
case "$code" in
  0)
    git fetch --quiet --depth=1 origin "refs/heads/$BRANCH"
    parent=$(git rev-parse FETCH_HEAD)
    ;;
  2) ;;
  *)
    echo "origin could not be asked for $BRANCH (git ended with $code)" >&2
    exit 1
    ;;
esac

index=$(mktemp -d)
trap 'rm -rf "$index"' EXIT
export GIT_INDEX_FILE="$index/index"
git_dir=$(git rev-parse --absolute-git-dir)
git -C "$KEPT" --git-dir="$git_dir" --work-tree=. add --all --force .
tree=$(git write-tree)
if [ -n "$parent" ] && [ "$tree" = "$(git rev-parse "$parent^{tree}")" ]; then
  echo "$BRANCH has it all already"
  exit 0
fi
commit=$(git -c user.name="${GITHUB_ACTOR:-nightly}" -c user.email="${GITHUB_ACTOR:-nightly}@users.noreply.github.com" \
  commit-tree "$tree" ${parent:+-p "$parent"} -m "Keep the runs of $(date -u +%F)")
git push --quiet origin "$commit:refs/heads/$BRANCH"
echo "$BRANCH is at $commit"
