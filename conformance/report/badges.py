"""Badges: shields endpoint JSON that says what an endpoint is ready for, and since when that is known.

There is one for each profile of a provider and model, and one of a provider over all its models, which says the worst:
a badge must not promise for one model what another shows. There is none for a total: there is no total.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.expect.profile import ProfileOutcome, Readiness
from conformance.protocol.exchange import one_line
from conformance.report.matrix_record import Matrix

SCHEMA_VERSION = 1
COLOURS = {
    Readiness.READY: "blue",
    Readiness.DEGRADED: "yellow",
    Readiness.UNPROVEN: "lightgrey",
    Readiness.BLOCKED: "red",
}
"""Blue, yellow and red are told apart by those who do not tell red from green."""

LONGEST_LABEL = 60
FOLDER = "badges"


def badge_files(runs: Mapping[str, Matrix]) -> Iterator[tuple[str, str]]:
    """The paths below the site's root, and what each holds. `runs` are matrices by their folder, provider/model."""
    by_provider: dict[str, list[Matrix]] = {}
    for folder, matrix in sorted(runs.items()):
        by_provider.setdefault(folder.partition("/")[0], []).append(matrix)
        for profile in matrix.profiles:
            yield f"{FOLDER}/{folder}/{profile.name}.json", dumped(badge(profile, [matrix]))
    for provider, matrices in by_provider.items():
        for name, worst in worst_of(matrices).items():
            having = [each for each in matrices if _profile(each, name) is not None]
            # A model whose run did not cover the profile is not answered for.
            yield f"{FOLDER}/{provider}/{name}.json", dumped(badge(worst, having))


def worst_of(matrices: Sequence[Matrix]) -> dict[str, ProfileOutcome]:
    """Each profile's worst entry over several matrices, by the profile's name."""
    order = list(Readiness)
    found: dict[str, ProfileOutcome] = {}
    for matrix in matrices:
        for profile in matrix.profiles:
            known = found.get(profile.name)
            if known is None or order.index(profile.readiness) < order.index(known.readiness):
                found[profile.name] = profile
    return found


def badge(profile: ProfileOutcome, matrices: Sequence[Matrix]) -> dict[str, Any]:
    """What shields draws: the profile, its readiness, how many rows stand against it, and the day of the oldest run
    that this rests on."""
    readiness = profile.readiness
    rows = sum(each.means is readiness for each in profile.because)
    days = [matrix.run.finished[:10] for matrix in matrices if matrix.run.finished]
    words = readiness.value
    if readiness is not Readiness.READY:
        words += f" by {rows} {'row' if rows == 1 else 'rows'}"
    if len(matrices) > 1:
        words += f", worst of {len(matrices)} models"
    return {
        "schemaVersion": SCHEMA_VERSION,
        "label": one_line(profile.title, LONGEST_LABEL),
        "message": f"{words} · {min(days)}" if days else words,
        "color": COLOURS[readiness],
    }


def dumped(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _profile(matrix: Matrix, name: str) -> ProfileOutcome | None:
    return next((each for each in matrix.profiles if each.name == name), None)
