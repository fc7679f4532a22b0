"""What a row needs of the endpoint beside its own field: a row that lacks what it needs is untested, and neither the
model nor the row is blamed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.probing.row import Probe, Row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.status import Reason, Status
from conformance.rows.shared.dropped_tools import tools_are_dropped
from conformance.rows.shared.lost_calls import calls_that_are_lost
from conformance.rows.shared.missing import Missing, missing
from conformance.rows.shared.retold import words_beside_are_lost

Need = Callable[[Run], Conversation[Missing | None]]
"""Asks whether what a row needs is there; None where it is, or where that is not known."""

ProbeOf = Callable[[str], Probe]


def calls_arrive(run: Run) -> Conversation[Missing | None]:
    """Calls that are asked for without a stream."""
    lost = yield from calls_that_are_lost(run)
    if lost is not None and (lost.streamed if run.dialect.streamed else lost.unstreamed):
        return missing(lost.how, lost.shown)
    return (yield from tools_are_dropped(run))


def streamed_calls_arrive(run: Run) -> Conversation[Missing | None]:
    lost = yield from calls_that_are_lost(run)
    if lost is not None and lost.streamed:
        return missing(lost.how, lost.shown)
    return (yield from tools_are_dropped(run))


CALLS = (
    "tools.input_schema",
    "tools.description",
    "tools.strict",
    "tools.input_examples",
    "tools.defer_loading",
    "tools.eager_input_streaming",
    "tools.type_custom",
    "tools.bash",
    "tools.text_editor",
    "tools.memory",
    "tools.computer",
    "tools.web_search",
    "tools.web_fetch",
    "tools.code_execution",
    "tools.tool_search",
    "tools.cache_control",
    "tool_choice.none",
    "tool_choice.auto",
    "tool_choice.any",
    "tool_choice.tool",
    "tool_choice.object_form",
    "tool_choice.string_form",
    "tool_choice.disable_parallel_tool_use",
    "content.tool_reference",
    "content.tool_use.input",
    "response.stop_reason",
    "response.tool_use",
    "replay.tool_use",
    "replay.thinking",
    "clients.sdk.tool_loop",
)
"""Rows that rest on calls of the model."""

STREAMED_CALLS = ("stream.input_json", "clients.claude_code.tool_turn")
"""Rows that rest on its calls in a stream."""

REFUSED_WITHOUT_TOOLS = (
    "tool_choice.none",
    "tool_choice.auto",
    "tool_choice.any",
    "tool_choice.tool",
    "tool_choice.object_form",
    "content.tool_reference",
)
"""Rows whose field is refused where the tools beside it were dropped on the way."""

HISTORY = (
    "fields.context_management",
    "tools.defer_loading",
    "content.thinking",
    "content.tool_use.id",
    "content.tool_use.input",
    "content.tool_use.name",
    "content.tool_result.tool_use_id",
    "content.tool_result.content",
    "content.tool_result.content.array",
    "content.tool_result.content.image",
    "content.tool_result.is_error",
    "content.tool_reference",
)
"""Rows whose question stands in a text block beside tool results."""

ARGUMENTS = (
    "tools.description",
    "tools.input_examples",
    "tools.eager_input_streaming",
    "tools.type_custom",
    "tools.bash",
    "tools.text_editor",
    "tools.memory",
    "tools.computer",
)
"""Rows that look at the arguments of a call: where those do not come as their schema says, nothing more is seen."""

ON_ROWS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(ARGUMENTS, ("tools.input_schema",)),
    "fields.system.array": ("fields.system",),
    "fields.system.cache_control": ("fields.system",),
    "fields.context_management": ("content.tool_result.content",),
    "tools.defer_loading": ("content.tool_result.content",),
    "content.document.citations": ("content.document",),
    "content.tool_use.id": ("content.tool_use.input", "content.tool_result.content"),
    "content.tool_use.name": ("content.tool_use.input",),
    "content.tool_use.cache_control": ("content.tool_use.input",),
    "content.tool_result.tool_use_id": ("content.tool_use.input", "content.tool_result.content"),
    "content.tool_result.content.array": ("content.tool_result.content",),
    "content.tool_result.content.image": ("content.tool_result.content", "content.image"),
    "content.tool_result.cache_control": ("content.tool_result.content",),
    "content.tool_result.is_error": ("content.tool_result.content",),
    "content.tool_reference": ("content.tool_result.content",),
    "replay.thinking": ("fields.thinking",),
    "tool_choice.disable_parallel_tool_use": ("response.tool_use",),
}
"""Rows that rest on what other rows are about: where one of those is not honoured, they cannot show anything."""

SPEAK_FOR_THEMSELVES = (*ARGUMENTS, "tool_choice.disable_parallel_tool_use")

PARTIAL_IN_DOUBT = ("tools.defer_loading", "tools.tool_search")
"""Rows that are partial where what they need is missing."""

DOUBTFUL = (Reason.MODEL_TOO_WEAK, Reason.CANNOT_TELL, Reason.NEVER_EXERCISED)
NOT_HONOURED = (Status.IGNORED, Status.REJECTED, Status.BROKEN)
HALF_IS_NOT_ENOUGH = ("tools.input_schema",)
"""Rows of which a deviation hides what others look for: arguments of another type, or in one mode alone."""


def with_needs(row: Row, probe_of: ProbeOf) -> Row:
    """The row, which asks what it needs where its own verdict leaves that in doubt."""

    def probe(run: Run) -> Conversation[Verdict]:
        return (yield from unless_a_need_is_missing(run, row, probe_of))

    ids = {*HISTORY, *CALLS, *STREAMED_CALLS, *ON_ROWS}
    return replace(row, probe=probe) if row.id in ids else row


def needs_of(row_id: str, verdict: Verdict, probe_of: ProbeOf) -> list[Need]:
    """What a verdict on this row leaves in doubt.

    verdict                                                       needs
    untested, for the model or because nothing can be told        all of the row
    ignored                                                       all of the row, but for SPEAK_FOR_THEMSELVES those of
                                                                  calls alone
    partial, where PARTIAL_IN_DOUBT                               all of the row
    rejected, where REFUSED_WITHOUT_TOOLS                         that tools are not dropped
    anything else                                                 none
    """
    if verdict.status is Status.REJECTED:
        return [tools_are_dropped] if row_id in REFUSED_WITHOUT_TOOLS else []
    untested_so = verdict.status is Status.UNTESTED and verdict.reason in DOUBTFUL
    partial = verdict.status is Status.PARTIAL and row_id in PARTIAL_IN_DOUBT
    if not (untested_so or partial or verdict.status is Status.IGNORED):
        return []
    # What comes says by itself that it is not as asked; only what is blamed on the model depends on the others.
    bases = () if row_id in SPEAK_FOR_THEMSELVES and not untested_so else ON_ROWS.get(row_id, ())
    return [
        *([words_beside_are_lost] if row_id in HISTORY else []),
        *([calls_arrive] if row_id in CALLS else []),
        *([streamed_calls_arrive] if row_id in STREAMED_CALLS else []),
        *(is_honoured(basis, probe_of) for basis in bases),
    ]


def is_honoured(basis: str, probe_of: ProbeOf) -> Need:
    """The need that another row's field is honoured, decided by the requests of that row."""

    def need(run: Run) -> Conversation[Missing | None]:
        verdict = yield from probe_of(basis)(run)
        half = basis in HALF_IS_NOT_ENOUGH and verdict.status is Status.PARTIAL
        if verdict.status not in NOT_HONOURED and not half:
            return None
        return Missing(f"{basis} is {verdict.status}: {verdict.note}", verdict.rests_on)

    return need


def unless_a_need_is_missing(run: Run, row: Row, probe_of: ProbeOf) -> Conversation[Verdict]:
    """The row's own verdict; untested (prerequisite_refused) where it leaves something in doubt that is missing."""
    verdict = yield from row.probe(run)
    for need in needs_of(row.id, verdict, probe_of):
        lacking = yield from need(run)
        if lacking is not None:
            note = f"what the row needs is missing: {lacking.told}"
            return untested(Reason.PREREQUISITE_REFUSED, note, *lacking.rests_on)
    return verdict
