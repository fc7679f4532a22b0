"""What this repository publishes: every committed recording judged again, and the site of them.

    python -m tests.published          # rewrites reports/ from cassettes/, and builds the site below it
    python -m tests.published --check  # writes nothing; ends with 1 and says which files would change
    python -m tests.published --hold   # first holds all that was recorded to every rule of the wire, as a run does now

Nothing is sent. Who changes a verdict, a note or a page runs it and commits what it wrote. The site itself (some 1,200
files) is not committed: its digest is, which proves that it is built byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from conformance.evidence.cassette import Recording
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path, save_row
from conformance.probing.everywhere import Came, hold, judged_with
from conformance.rows import ROWS

ROOT = Path(__file__).resolve().parent.parent
CASSETTES, REPORTS, SITE = ROOT / "cassettes", ROOT / "reports", ROOT / "reports" / "site"
DIGEST = "site.sha256"
"""Below reports/: one digest of all pages of the site, by name."""
AT_ONCE = 2


def columns() -> list[Path]:
    """The published columns as <provider>/<model>: those with a recording."""
    return sorted(each.relative_to(CASSETTES) for each in CASSETTES.glob("*/*") if each.is_dir())


def replay(column: Path, reports: Path) -> None:
    """Judges one recording into a folder of reports. Raises RuntimeError where no matrix comes of it."""
    endpoint = json.loads((REPORTS / column / "matrix.json").read_bytes())["endpoint"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", "--replay"]
    command += [f"--provider={endpoint['provider']}", f"--model={endpoint['model']}", f"--cassettes={CASSETTES}"]
    # Run by a worker of xdist, the replay would take itself for one.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONFORMANCE_"))}
    command.append(f"--reports={reports}")
    ended = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1):  # 1: rows that are broken fail, as they did when they were recorded
        raise RuntimeError(f"{column} was not replayed:\n{ended.stdout}{ended.stderr}")


def rebuild(stage: Path) -> Path:
    """Makes all that is published anew in an empty folder and returns it: the matrices, and the site below them."""
    reports = stage / REPORTS.name
    for column in columns():
        kept = REPORTS / column / "runs"
        if kept.is_dir():
            shutil.copytree(kept, reports / column / "runs")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda column: replay(column, reports), columns()))
    command = [sys.executable, "-m", "conformance.report", str(reports), "--cassettes", str(CASSETTES)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    (reports / DIGEST).write_text(f"{digest(reports / SITE.name)}\n", encoding="utf-8")
    return reports


def digest(site: Path) -> str:
    """One digest of all files of a site, with their names."""
    whole = hashlib.sha256()
    for path in sorted(each for each in site.rglob("*") if each.is_file()):
        whole.update(f"{path.relative_to(site).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


def differences(made: Path) -> Iterator[str]:
    """The published files that are not as they were made just now, missing and left over ones included."""
    there = {
        path.relative_to(folder)
        for folder in (made, REPORTS)
        for part in columns()
        for path in (folder / part).rglob("*")
        if path.is_file()
    }
    for path in sorted({*there, Path(DIGEST)}):
        before, after = REPORTS / path, made / path
        if not (before.is_file() and after.is_file() and before.read_bytes() == after.read_bytes()):
            yield path.as_posix()


def hold_column(folder: Path) -> list[str]:
    """Holds the exchanges of one recorded run to every rule of the wire, and marks what breaks one in the cassettes of
    the rows that own the rules; says what each was marked with. For recordings from before a run did so itself."""
    held = {row: Recording(cassette_path(folder, row.id)) for row in ROWS if cassette_path(folder, row.id).is_file()}
    came = [
        Came(row=row.id, role=each.role, exchange=each.exchange)
        for row, recording in held.items()
        # Without its marks: what other rows asked is found with them.
        for each in judge(replace(row, everywhere=None), recording).evidence
    ]
    told = []
    for row, recording in held.items():
        info = recording.info
        seen = hold([row], came, info.anthropic_version).get(row.id, [])
        if not seen and not info.seen_elsewhere:
            continue
        verdict = judged_with(row, judge(replace(row, everywhere=None), recording).verdict, seen)
        told += [f"{folder.name}: {row.id} is {verdict.status}: {each.note}" for each in seen]
        marked = replace(info, seen_elsewhere=tuple(each.mark for each in seen))
        exchanges = [*recording.exchanges, *(each.came.exchange for each in seen)]
        save_row(folder, row.id, marked, info.url, exchanges)
    return told


def main(words: Sequence[str]) -> int:
    """Rewrites what is published, or checks it. The exit code is 0, or 1 where a check finds a difference."""
    parser = argparse.ArgumentParser(prog="python -m tests.published", description="Rebuild what is published.")
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where something would change")
    parser.add_argument("--hold", action="store_true", help="mark in the cassettes what breaks the rules of other rows")
    given = parser.parse_args(words)
    if given.hold:
        print("\n".join(line for column in columns() for line in hold_column(CASSETTES / column)))
    with tempfile.TemporaryDirectory() as scratch:
        made = rebuild(Path(scratch))
        changed = list(differences(made))
        print("\n".join(changed) or "all as published")
        if given.check:
            return 1 if changed else 0
        for name in changed:
            source, target = made / name, REPORTS / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
            else:
                target.unlink()
        shutil.rmtree(SITE, ignore_errors=True)
        shutil.copytree(made / SITE.name, SITE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
