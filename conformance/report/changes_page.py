"""The page of changes and the feed, as files of the site: which cell changed, from what to what, when, and on what
evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from conformance.protocol.status import glyph
from conformance.report.changes import OBSERVED, Change, Side
from conformance.report.diff import summarized
from conformance.report.feed import anchor, feed
from conformance.report.history import Step

PAGE = "changes/index.html"
FEED = "changes.atom"
TEMPLATE = "changes.html"


class Templates(Protocol):
    """What is asked of the site's Jinja environment, which escapes all that it puts into a page."""

    def get_template(self, name: str, /) -> Any: ...


def change_pages(found: Sequence[Step], templates: Templates, site: str = "") -> Iterator[tuple[str, str]]:
    """The paths below the site's root, and what each holds. Without a run there is no feed."""
    page = templates.get_template(TEMPLATE)
    shown = [step for step in found if step.changes or step.previous is None]
    yield PAGE, page.render(root="..", path=PAGE, feed=FEED, steps=[step_data(step) for step in shown])
    text = feed(found, site)
    if text:
        yield FEED, text


def step_data(step: Step) -> dict[str, Any]:
    """A run as the template wants it."""
    others: dict[str, list[str]] = {}
    for change in step.changes:
        if change.kind not in OBSERVED:
            others.setdefault(change.kind, []).append(change.row)
    return {
        "anchor": anchor(step),
        "provider": step.provider,
        "model": step.model,
        "folder": step.folder,
        "started": step.started,
        "when": moment(step.started),
        "previous": step.previous,
        "previously": moment(step.previous or ""),
        "summary": summarized(step.changes),
        "observed": [_change_data(change) for change in step.observed],
        "others": list(others.items()),
    }


def _change_data(change: Change) -> dict[str, Any]:
    return {
        "row": change.row,
        "title": change.title,
        "kind": change.kind.value,
        "judged_alike": change.judged_alike,
        "sides": [_side_data(side) for side in (change.before, change.after) if side is not None],
    }


def _side_data(side: Side) -> dict[str, Any]:
    return {
        "status": side.status.value,
        "glyph": glyph(side.status),
        "code": side.code.replace("_", " "),
        "started": side.started,
        "when": moment(side.started),
        "note": side.note or "no note",
        "evidence": side.evidence,
    }


def moment(time: str) -> str:
    """A time of a run (UTC) to the minute."""
    return f"{time[:10]} {time[11:16]} UTC"
