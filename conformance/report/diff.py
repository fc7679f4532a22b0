"""The changes between two runs as text: for a terminal, and as Markdown for an issue or a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.protocol.exchange import one_line
from conformance.protocol.status import glyph
from conformance.report.changes import OBSERVED, Change, Kind, Side, tally
from conformance.report.markdown import cell
from conformance.report.matrix_record import Matrix


def lines(before: Matrix, after: Matrix, found: Sequence[Change]) -> Iterator[str]:
    """For a terminal: the runs, the count of each kind, and every change with both evidences."""
    yield from (f"before: {run}" for run in [one_line(described(before), 600)])
    yield from (f"after:  {run}" for run in [one_line(described(after), 600)])
    yield from cautions(before, after)
    yield counted(before, after, found)
    for kind in tally(found):
        listed = [change for change in found if change.kind is kind]
        yield ""
        if kind not in OBSERVED:
            yield f"{kind}: {', '.join(change.row for change in listed)}"
            continue
        yield kind
        for change in listed:
            yield f"  {change.row}: {_arrow(change)}"
            yield from _evidence("before", change.before)
            yield from _evidence("after", change.after)


def page(before: Matrix, after: Matrix, found: Sequence[Change]) -> str:
    """As Markdown. The same matrices give the same bytes."""
    text = [f"- before: {cell(described(before))}", f"- after: {cell(described(after))}", ""]
    text += [line for caution in cautions(before, after) for line in (cell(caution), "")]
    text += [counted(before, after, found)]
    return "\n".join([*text, "", *tables(found)]) + "\n"


def tables(found: Sequence[Change]) -> Iterator[str]:
    """Changes of the endpoint as Markdown tables, both notes and evidences in them; below, the rows of which the runs
    have not both evidence, by name."""
    for kind in tally(found):
        listed = [change for change in found if change.kind is kind]
        if kind in OBSERVED:
            yield from (f"**{kind}**", "", *table(listed), "")
        else:
            yield from (f"{kind}: {', '.join(f'`{change.row}`' for change in listed)}", "")


def table(found: Sequence[Change]) -> list[str]:
    """Changes as a Markdown table."""
    heads = ["| row | before | after | seen before | seen after |", "| --- | --- | --- | --- | --- |"]
    return heads + [
        f"| `{change.row}` | {_word(change.before)} | {_word(change.after)} | {_seen(change.before)} "
        f"| {_seen(change.after)} |"
        for change in found
    ]


def described(matrix: Matrix) -> str:
    """A run in one line: whose, when, how."""
    endpoint, run, suite = matrix.endpoint, matrix.run, matrix.suite
    return (
        f"{endpoint.provider}: {endpoint.model}, {run.started or 'nothing sent'} to {run.finished or '-'}, "
        f"{suite.name} {suite.version}, anthropic-version {endpoint.anthropic_version}, seed {run.seed}, "
        f"{len(matrix.rows)} rows"
    )


def cautions(before: Matrix, after: Matrix) -> Iterator[str]:
    """Why a change may not be the endpoint's own."""
    for what, one, other in (
        ("provider", before.endpoint.provider, after.endpoint.provider),
        ("model", before.endpoint.model, after.endpoint.model),
        ("anthropic-version", before.endpoint.anthropic_version, after.endpoint.anthropic_version),
        ("version of the suite", before.suite.version, after.suite.version),
    ):
        if one != other:
            yield f"mind that the {what} differs ({one_line(one)}, {one_line(other)}): a change may come of that"


def counted(before: Matrix, after: Matrix, found: Sequence[Change]) -> str:
    """How many rows changed in which way, and how many are as they were."""
    same = len({row.id for row in before.rows} | {row.id for row in after.rows}) - len(found)
    return ", ".join([*(f"{number} {kind}" for kind, number in tally(found).items()), f"{same} as before"])


def summarized(found: Sequence[Change]) -> str:
    """The counts alone: "2 worse, 1 better"."""
    return ", ".join(f"{number} {kind}" for kind, number in tally(found).items()) or "no change"


def is_worse(found: Sequence[Change]) -> bool:
    """Whether a pipeline that guards an endpoint should fail."""
    return any(change.kind is Kind.WORSE for change in found)


def _arrow(change: Change) -> str:
    return " → ".join(side.word for side in (change.before, change.after) if side is not None)


def _evidence(name: str, side: Side | None) -> Iterator[str]:
    if side is None:
        return
    yield f"    {name} ({side.started or 'nothing sent'}): {one_line(side.note, 600) or 'no note'}"
    yield from (f"      {exchange}" for exchange in side.evidence)


def _word(side: Side | None) -> str:
    return "" if side is None else f"{glyph(side.status)} {side.word}"


def _seen(side: Side | None) -> str:
    if side is None:
        return ""
    # A break of our own between texts that hold none.
    return "<br>".join(cell(each) for each in (side.note or "no note", *side.evidence))
