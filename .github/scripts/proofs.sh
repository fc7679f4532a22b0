#!/usr/bin/env bash
# Everything that the tests of each commit leave to the night: all lies, alone, everywhere and in pairs, all odd models,
# all acted claims, what is asked and recorded, and the rules of the wire on answers of the official API.
set -euo pipefail

python -m pip install --quiet -c constraints.txt ".[dev]"
python -m tests.proofs
python -m tests.oracle
python -m tests.official
CONFORMANCE_PROOFS=nightly python -m pytest tests/closed_loop tests/proofs/test_lies.py tests/clients -n 2 -q \
  -p no:cacheprovider
