"""Going on with a run that was cut short: which journal it left, and what it fixes for the run that goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.evidence.journal import SUFFIX, JournalContents, JournalError, read_journal
from conformance.evidence.paths import safe_name
from conformance.evidence.run_info import RunInfo
from conformance.measure.target import Target
from conformance.probing.row import Row
from conformance.rows import ROWS

WHOLE, SELECTION = f"matrix{SUFFIX}", f"selection{SUFFIX}"
"""Named as the reports are: a run of some rows only must not replace the journal of the whole one."""


def journal_path(target: Target, model: str, rows: Sequence[Row]) -> Path:
    """Where the journal of a run of these rows lies: beside the matrix that it will write."""
    return target.folder(target.reports, model) / (WHOLE if len(rows) == len(ROWS) else SELECTION)


def find(target: Target, rows: Sequence[Row]) -> JournalContents:
    """The journal to go on with: that of a run of all rows or of some, as these are, else the other. Raises
    pytest.UsageError where there is none, or more than one, or one that an option contradicts."""
    above = target.reports / safe_name(target.provider)
    model = target.explicit.get("model")
    folders = [target.folder(target.reports, model)] if model else sorted(above.glob("*"))
    names = (WHOLE, SELECTION) if len(rows) == len(ROWS) else (SELECTION, WHOLE)
    found: list[Path] = []
    for name in names:
        found = found or [each / name for each in folders if (each / name).is_file()]
    if not found:
        where = folders[0] if model else above
        others = [path.parent.name for path in above.glob(f"*/*{SUFFIX}")]
        hint = f" (a run of {', '.join(others)} was)" if others else ""
        raise pytest.UsageError(
            f"--resume: there is nothing to resume: in {where} no run was interrupted{hint}; leave --resume out"
        )
    try:
        kept = [read_journal(path) for path in found]
    except (OSError, JournalError) as error:
        raise pytest.UsageError(f"--resume: {error}") from error
    if len(kept) > 1:
        known = ", ".join(each.info.model for each in kept)
        raise pytest.UsageError(f"--resume: name the model with --model: runs of {known} were interrupted")
    _agree(target, kept[0])
    return kept[0]


def _agree(target: Target, kept: JournalContents) -> None:
    fixed, url = _fixed(kept.info), kept.info.url
    if not target.embedded and url != target.url:
        raise pytest.UsageError(
            f"--resume: the interrupted run asked {url}, not {target.url}: give --endpoint={url}, or leave --resume out"
        )
    for name, given in target.explicit.items():
        if given != fixed[name]:
            option = f"--{name.replace('_', '-')}"
            shown = option if given is True else f"{option}={given}"
            been = "without it" if given is True else f"with {option}={fixed[name]}"
            raise pytest.UsageError(
                f"{shown}: the interrupted run was begun {been} ({kept.path}); leave {option} out, or --resume"
            )


def _fixed(info: RunInfo) -> dict[str, object]:
    """What a run that goes on takes from the journal: with anything else it would ask other questions."""
    return {
        "seed": info.seed,
        "model": info.model,
        "auth": info.auth,
        "anthropic_version": info.anthropic_version,
        "long_prompt": info.long_prompt is True,
    }


def taking_over(target: Target, info: RunInfo) -> Target:
    """The target with what the interrupted run was begun with."""
    return replace(
        target,
        seed=info.seed,
        model=info.model,
        auth=info.auth,
        anthropic_version=info.anthropic_version,
        long_prompt=info.long_prompt is True,
    )
