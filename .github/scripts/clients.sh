#!/usr/bin/env bash
# The real clients before the embedded endpoint, served as it is and going wrong: their outcomes must be those kept.
set -euo pipefail

folder=$(mktemp -d)
npm install --prefix "$folder" --no-audit --no-fund @anthropic-ai/claude-code@2.1.197
python -m tests.clients.python_sdk
CLAUDE_CODE=$(find "$folder" -type f -name claude -perm -u+x | head -n 1)
export CLAUDE_CODE
python -m tests.clients.claude_code
