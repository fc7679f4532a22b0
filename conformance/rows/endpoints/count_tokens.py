"""The token count: does it grow with what is counted, and does it come to what the real call is billed?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.probing import calibrate
from conformance.probing.contrast import Contrast, ask_contrast
from conformance.probing.endpoints import failed_route, read_reply
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import MOST_TOKENS, prompt_total
from conformance.protocol.exchange import Json, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.shared import sources
from conformance.rows.simple_fields import system
from conformance.rows.tools import definition

PATH = "/v1/messages/count_tokens"

PLAIN = "of the bare message"
LONGER = "of a longer prompt"
SYSTEM = "with a system prompt"
TOOLS = "with a tool"
QUERY = "with ?beta=true"
TOGETHER = "with a system prompt, a tool and ?beta=true"

DIGITS = 120
"""So many digits are about as many tokens of two letters each: who divides letters by four is far off."""

TOOL: dict[str, Json] = {
    "name": "file_report",
    "description": (
        "Files a report on the state of a harbour. Use it once a day, when all boats are in, and never for one boat."
    ),
    "input_schema": {
        "type": "object",
        "properties": {
            "harbour": {"type": "string", "description": "The name of the harbour"},
            "boats": {"type": "integer", "description": "How many boats lie in it"},
            "weather": {
                "type": "string",
                "enum": ["calm", "breeze", "gale", "storm"],
                "description": "The weather",
            },
            "remarks": {"type": "string", "description": "Whatever else should be known"},
        },
        "required": ["harbour", "boats", "weather"],
    },
}

LEAST_GROWTH = {LONGER: 40, SYSTEM: 40, TOOLS: 40}
"""How much more there is to count than in the bare message, by the most sparing of tokenizers."""

WHAT = {LONGER: "some hundred words", SYSTEM: "the system prompt", TOOLS: "the tool"}

TOLERANCE, SLACK = 0.1, 20
"""A count is close to usage within a tenth, or within some tokens that a template adds."""


@row(
    "endpoints.count_tokens",
    "MAY count tokens, growing with system and tools, close to usage of the real call",
    evidence_kind=EvidenceKind.USAGE,
    source=sources.COUNT_TOKENS,
)
def count_tokens(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    digits = " ".join(str(run.draw(f"digits/{n}", 10)) for n in range(DIGITS))
    first = yield from _ask(plain, PLAIN)
    if not first.contrast.accepted:
        return (yield from failed_route(run, first.contrast))
    longer = yield from _ask(calibrate.longer(run), LONGER)
    trusted = yield from calibrate.counts_the_prompt(run)
    whole = plain.with_fields(system=f"The number of the desk is {digits}.", tools=[TOOL])
    joined = (yield from _ask(whole, TOGETHER)) if trusted else None
    if joined is not None and all_counted(first, longer, joined):
        with_system = yield from _count_of(whole.without_fields("tools"), SYSTEM)
        if each_adds(first, with_system, joined):
            return decide_must_accept(
                control=[], treatment=first.contrast.treatment, finding=Finding(effect=Effect.SEEN)
            )
    forms = {SYSTEM: whole.without_fields("tools"), TOOLS: whole.without_fields("system"), QUERY: plain}
    counts = {PLAIN: first, LONGER: longer}
    for form, message in forms.items():
        counts[form] = yield from _ask(message, form)
    for form, each in counts.items():
        verdict = decide_must_accept(
            control=each.contrast.control, treatment=each.contrast.treatment, finding=Finding(effect=Effect.SEEN)
        )
        if verdict.status is Status.BROKEN or verdict.reason is Reason.UNSTABLE:
            return replace(verdict, note=f"{form}: {verdict.note}")
    unread = (yield from _not_read(run, counts)) if trusted else {}
    finding = judge_counts(counts, trusted=bool(trusted), unread=unread)
    return decide_must_accept(control=first.contrast.control, treatment=first.contrast.treatment, finding=finding)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What was counted in one form of the prompt, and what usage of the real call reports; None where there is none."""

    contrast: Contrast
    tokens: int | None
    billed: int | None

    @property
    def refusal(self) -> str:
        """Why this form is not counted although the real call with it is answered; empty where it is counted."""
        verdict = decide_must_accept(
            control=self.contrast.control, treatment=self.contrast.treatment, finding=Finding(effect=Effect.SEEN)
        )
        return verdict.note if verdict.status is Status.REJECTED else ""


def _asked(message: Request, form: str) -> dict[str, Request]:
    """The request that counts a message, by its role."""
    path = f"{PATH}?beta=true" if form in (QUERY, TOGETHER) else PATH
    return {f"the count {form}": replace(message.without_fields("max_tokens", "stream"), path=path)}


def _ask(message: Request, form: str) -> Conversation[Count]:
    """Counts a message, beside the real call."""
    ((role, asked),) = _asked(message, form).items()
    control = f"the message {form}"
    contrast = yield from ask_contrast(
        message, asked, role=role, control_role=control, read=lambda exchange: read_reply(exchange, no_count)
    )
    counted, billed = contrast.treatment[-1].answered, contrast.control[0].message
    tokens = contrast.exchange.json["input_tokens"] if counted else None
    return Count(contrast=contrast, tokens=tokens, billed=None if billed is None else prompt_total(billed))


def _count_of(message: Request, form: str) -> Conversation[int | None]:
    """The count of a message alone; None where there is none."""
    (exchange,) = (yield _asked(message, form)).values()
    return exchange.json["input_tokens"] if read_reply(exchange, no_count).answered else None


def all_counted(plain: Count, longer: Count, joined: Count) -> bool:
    """Is a count of all forms at once close to usage, as those of the bare message and of a longer prompt are?"""
    each = (plain, longer, joined)
    if any(count.tokens is None or not count.billed or not count.contrast.accepted or _off(count) for count in each):
        return False
    return (longer.tokens or 0) - (plain.tokens or 0) >= LEAST_GROWTH[LONGER]


def each_adds(plain: Count, with_system: int | None, joined: Count) -> bool:
    """Do the system prompt and the tool each add to the count? Usage may leave out the same one."""
    if plain.tokens is None or with_system is None or joined.tokens is None:
        return False
    system, tool = with_system - plain.tokens, joined.tokens - with_system
    return system >= LEAST_GROWTH[SYSTEM] and tool >= LEAST_GROWTH[TOOLS]


def no_count(body: Mapping[str, Any]) -> str:
    """What is wrong with a body as a count of tokens."""
    if "input_tokens" not in body:
        return "JSON that is no count (no input_tokens)"
    count = body["input_tokens"]
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count <= MOST_TOKENS:
        return f"input_tokens {count!r}, which is no count of a prompt"
    return ""


OWN_ROWS: dict[str, tuple[str, Callable[[Run], Conversation[Verdict]]]] = {
    SYSTEM: ("fields.system", system.system),
    TOOLS: ("tools.name", definition.name),
}
"""The rows that tell whether what a form adds is read at all."""


def _not_read(run: Run, counts: Mapping[str, Count]) -> Conversation[dict[str, Verdict]]:
    """The forms whose addition neither the count nor usage shows, and which its own row does not find read, with what
    that row says: what is dropped before it is counted is no fault of the count."""
    found = {}
    for form, (_row, probe) in OWN_ROWS.items():
        grown, billed = growth(counts, form)
        if grown is None or billed is None or max(grown, billed) >= LEAST_GROWTH[form]:
            continue
        verdict = yield from probe(run)
        if verdict.status in (Status.IGNORED, Status.REJECTED, Status.BROKEN, Status.UNTESTED):
            found[form] = verdict
    return found


def growth(counts: Mapping[str, Count], form: str) -> tuple[int | None, int | None]:
    """By how much the count of a form is more than that of the bare message, and by how much usage is."""
    plain, other = counts[PLAIN], counts[form]
    tokens = None if plain.tokens is None or other.tokens is None else other.tokens - plain.tokens
    billed = None if plain.billed is None or other.billed is None else other.billed - plain.billed
    return tokens, billed


def judge_counts(counts: Mapping[str, Count], *, trusted: bool, unread: Mapping[str, Verdict]) -> Finding:
    """What the counts amount to. `trusted` tells whether usage moves with the prompt, and with nothing else; `unread`
    are the forms whose addition is not read by this endpoint, or not known to be, with what their own row says.

    counts                                                                effect
    do not grow with the prompt                                           seen, implausible
    are refused in a form that the real call takes                        seen, incomplete (one form, for the query)
    do not grow with system or tools                                      seen, incomplete
    do not grow with what is dropped, nor does usage                      as if the form had not been asked; noted
    do not grow, nor does usage, with what may or may not be read         cannot tell
    grow, and are further from usage than the tolerance                   seen, implausible
    grow, and usage is not trusted                                        seen, not compared
    grow, and are close to usage                                          seen
    """

    told_of = {form: f"{OWN_ROWS[form][0]}: {verdict.status}" for form, verdict in unread.items()}
    unknown = {form: told_of[form] for form, verdict in unread.items() if verdict.status is Status.UNTESTED}
    dropped = {form: told_of[form] for form in unread if form not in unknown}

    def told(form: str) -> str:
        return f"{counts[PLAIN].tokens} to {counts[form].tokens}"

    grown, _ = growth(counts, LONGER)
    if grown is not None and grown < LEAST_GROWTH[LONGER]:
        note = f"the count hardly grows with {WHAT[LONGER]} more ({told(LONGER)} tokens)"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.IMPLAUSIBLE)
    for form in (LONGER, SYSTEM, TOOLS, QUERY):
        if counts[form].refusal:
            code = Deviation.ONE_FORM if form == QUERY else Deviation.INCOMPLETE
            note = f"counts, but not {form}: {counts[form].refusal}"
            return Finding(effect=Effect.SEEN, note=note, deviation=code)
    missed = [form for form in (SYSTEM, TOOLS) if form not in dropped and _is_not_counted(counts, form)]
    if missed:
        note = " and ".join(f"{WHAT[form]} is not counted ({told(form)} tokens)" for form in missed)
        if trusted and all((growth(counts, form)[1] or 0) < LEAST_GROWTH[form] for form in missed):
            note = f"{note}, nor is it in usage of the real call"
            if all(form in unknown for form in missed):
                rows = " and ".join(unknown[form] for form in missed)
                return Finding(effect=Effect.CANNOT_TELL, note=f"{note}; whether it is read is not known ({rows})")
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.INCOMPLETE)
    if not trusted:
        return Finding(effect=Effect.SEEN, note="not compared with usage, which does not move with the prompt alone")
    short = hidden(counts)
    if short is not None:
        note = f"less than usage by {short[0]} to {short[1]} tokens throughout: what a template or a hidden prompt adds"
        return Finding(effect=Effect.SEEN, note=note)
    off = {form: _off(count) for form, count in counts.items()}
    worst = max(off, key=lambda form: abs(off[form]))
    if off[worst]:
        more = f"{abs(off[worst]):.0%} {'more' if off[worst] > 0 else 'less'}"
        note = f"{counts[worst].tokens} {worst}, where usage of the real call is {counts[worst].billed} ({more})"
        return Finding(effect=Effect.SEEN, note=note, deviation=Deviation.IMPLAUSIBLE)
    note = "; ".join(f"{WHAT[form]} is not read here ({row}), so it is not counted" for form, row in dropped.items())
    return Finding(effect=Effect.SEEN, note=note)


def _is_not_counted(counts: Mapping[str, Count], form: str) -> bool:
    grown, _ = growth(counts, form)
    return grown is not None and grown < LEAST_GROWTH[form]


def hidden(counts: Mapping[str, Count]) -> tuple[int, int] | None:
    """By how many tokens, at least and at most, every count is less than usage, where that is more than SLACK and as
    good as the same for prompts of every length; else None. A local tokenizer counts what was sent, and cannot know
    what a template puts around it. Around a tool it may put more: examples of calls."""
    short = {
        form: count.billed - count.tokens for form, count in counts.items() if count.tokens is not None and count.billed
    }
    prompts = [less for form, less in short.items() if form != TOOLS]
    if len(prompts) < len(WHAT) or min(short.values()) <= SLACK or max(prompts) - min(prompts) > SLACK:
        return None
    return min(short.values()), max(short.values())


def _off(count: Count) -> float:
    """By which share of usage a count is off; 0 within the tolerance, or where there is nothing to compare."""
    if count.tokens is None or not count.billed:
        return 0.0
    apart = count.tokens - count.billed
    return apart / count.billed if abs(apart) > max(TOLERANCE * count.billed, SLACK) else 0.0
