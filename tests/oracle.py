"""What must stay as it is while code only moves: what every row asks, what a recording holds, and the table of lies.

    python -m tests.oracle          # compares with oracle.json beside this file; ends with 1 and says what differs
    python -m tests.oracle --write  # after a change that is meant to change it

The published matrices are the fourth part: `python -m tests.published --check` holds them byte for byte. Nonces derive
from the seed and a label, so that a label that is renamed shows here as another request.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from conformance.lies import LIES
from conformance.probing.run import Run
from conformance.protocol.exchange import Request
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import ROWS
from tests.in_process import KEY, info_of, logs, record

HELD = Path(__file__).with_name("oracle.json")
SEEDS = (1, 7, 2026)
OF_ONE_RUN = ("sent_at", "seconds", "chunks", "recorded_at", "finished_at", "started_at", "shared")
"""Keys of a cassette that differ from run to run."""

MADE_UP = re.compile(r"(?<=_)[0-9A-Za-z]{20,}|\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
"""What the endpoint makes up: ids of an answer, a call, a file, and their times."""

Digests = dict[str, str]


def _digest(value: object) -> str:
    text = MADE_UP.sub("", json.dumps(value, sort_keys=True, default=str))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _sent(request: Request) -> list[object]:
    return [request.method, request.path, dict(request.headers), request.body.decode("latin-1"), request.attempt]


def asked() -> Digests:
    """What every row asks an honest endpoint, in order, at three seeds."""
    found: dict[str, list[object]] = {row.id: [] for row in ROWS}
    for seed in SEEDS:
        for row, log in logs(create_app(api_key=KEY), model=DEFAULT_MODELS[0], seed=seed, auth="x-api-key").items():
            found[row].append([_sent(each.request) for each in log])
    return {f"asks {row}": _digest(identities) for row, identities in found.items()}


def recorded() -> Digests:
    """What every cassette of a run holds, without what the clock says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = Run(seed=7, model=DEFAULT_MODELS[0], auth="x-api-key")
        record(create_app(api_key=KEY), run, folder, url="http://oracle.invalid", info=info_of(run), rows=ROWS)
        cassettes = {path.stem: path.read_bytes() for path in sorted(folder.rglob("*.yaml")) if "." in path.stem}
    return {f"records {row}": _digest(_timeless(yaml.load(text, yaml.CSafeLoader))) for row, text in cassettes.items()}


def _timeless(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _timeless(each) for key, each in value.items() if key not in OF_ONE_RUN}
    return list(map(_timeless, value)) if isinstance(value, list) else value


def lies() -> Digests:
    """Every lie with its due verdicts."""
    return {
        f"lies {lie.id}": _digest([lie.status, lie.code, lie.note, lie.moves, lie.reports, len(lie.transforms)])
        for lie in LIES
    }


def all_of_it() -> Digests:
    """The whole oracle."""
    return {**asked(), **recorded(), **lies()}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """What one oracle says otherwise than another."""
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield f"{key}: {'is new' if key not in before else 'is gone' if key not in after else 'differs'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compares, or writes; 1 where something differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle")
    parser.add_argument("--write", action="store_true", help="hold what is said now")
    found = all_of_it()
    if parser.parse_args(arguments).write:
        HELD.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n", encoding="utf-8")
        return 0
    told = list(differences(json.loads(HELD.read_bytes()), found))
    print("\n".join(told or [f"{len(found):,} digests are as they were"]))
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
