"""Text that is the model's words alone: no tags of thinking, no raw calls, no signs of a chat template."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.contrast import Message
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.verdict import Verdict, Violation, decide_invariant, untested
from conformance.protocol.answer import calls, raw_text_of, text_of
from conformance.protocol.exchange import Request, read_json
from conformance.protocol.status import Deviation, Reason, Status
from conformance.rows.response.tool_use import names_offered
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import Given, everywhere, gather, gather_calls, hold_to, in_both_modes
from conformance.rows.shared.tool_turns import after_a_call
from conformance.rows.simple_fields.limits import beyond_the_limit, stopped_at
from conformance.rows.simple_fields.thinking import LEAST_BUDGET, thinking_request

THOUGHT = re.compile(
    r"</?(?:think|thinking|thought|seed:think|mm:think|reasoning)>|\[/?THINK\]|◁/?think▷", re.IGNORECASE
)
ENDS_WITH_A_CLOSING_TAG = re.compile(r"[^<]*</(?:think|thinking|thought|reasoning)>\s*", re.IGNORECASE)
CALLED = re.compile(
    r"</?(?:\w+:)?tool_calls?>|<function=|</?function_calls?>|</?(?:\w+:)?invoke\b|<parameter=|\[TOOL_CALLS\]|"
    r"<tools?_use>|<start_function_call>|<\|tool_call|<\|python_tag\|>|functions\.\w+:\d+|"
    r"<[|｜]DSML[|｜](?:function_calls|invoke)",
    re.IGNORECASE,
)
TEMPLATE = re.compile(
    r"<\|[\w/. -]{1,40}\|>|</?[|｜][^|｜<>\n]{1,40}[|｜]|\[/?INST\]|</?(?:start|end)_of_turn>|\[gMASK\]|</s>\s*\Z|<eos>"
)


def raw_call(message: Message, request: Request) -> str:
    """Where the text holds the raw syntax of a call of a tool that was offered, and the request does not: the place."""
    text, asked = raw_text_of(message), request.body.decode()
    found = next((match for match in CALLED.finditer(text) if match.group() not in asked), None)
    offered = [str(tool.get("name")) for tool in request.json.get("tools") or []]
    return place_of(found, text) if found and any(name in text for name in offered) else ""


def place_of(found: re.Match[str], text: str) -> str:
    """What was found, with some words before and behind it."""
    return " ".join(text[max(0, found.start() - 20) : found.end() + 40].split())


def text_clean_violations(given: Given) -> list[Violation]:
    """What stands in the text of an answer that nothing asked for.

    a tag of thinking, a sign of a chat template           broken
    the stop sequence that is reported as hit              broken
    raw syntax of a call: of a tool that was offered, or
      beside a call that was read                          broken
    nothing but the JSON of a call of a tool that was
      offered, or of several                               broken
    letters of the request, read as another encoding       broken
    other raw syntax of a call                             incomplete: a weak model's own, that nobody could read
    what the request itself says, too                      kept: an echo
    """
    text, asked = raw_text_of(given.message), given.request.body.decode()
    violations = []
    for what, pattern in (
        ("a tag of thinking", THOUGHT),
        ("a raw call", CALLED),
        ("a sign of a chat template", TEMPLATE),
    ):
        found = next((match for match in pattern.finditer(text) if match.group() not in asked), None)
        if found is None:
            continue
        here = place_of(found, text)
        offered = names_offered(given.request)
        readable = bool(calls(given.message)) or any(name in text for name in offered)
        weak = pattern is CALLED and not readable
        violations.append(
            Violation(rule=f"{what} stands in the text: {here!r}", deviation=Deviation.INCOMPLETE if weak else None)
        )
    if not violations and is_call_in_words(given):
        violations.append(Violation(rule=f"a call stands in the text as JSON: {' '.join(text.split())[:80]!r}"))
    garbled = garbled_letters(given)
    if garbled:
        violations.append(Violation(rule=garbled))
    stop = given.message.get("stop_sequence")
    told = given.message.get("stop_reason") == "stop_sequence"
    turns = given.request.json.get("messages")
    said = [turn.get("content") for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    echoed = any(isinstance(words, str) and words in text for words in said)
    if told and isinstance(stop, str) and stop and stop in text and not echoed:
        violations.append(Violation(rule=f"the stop sequence {stop!r} stands in the text that it ended"))
    return violations


def surely_unclean(given: Given) -> list[Violation]:
    """The same without what may be a weak model's own: raw calls that nobody could read, and a closing tag of thinking
    after the last word, which closes nothing."""
    text = raw_text_of(given.message)
    closes_nothing = ENDS_WITH_A_CLOSING_TAG.fullmatch(text) is not None
    violations = [each for each in text_clean_violations(given) if each.deviation is None]
    return [each for each in violations if not (closes_nothing and each.rule.startswith("a tag of thinking"))]


FENCE = re.compile(r"\A\s*(?:```(?:json)?\s*)?(.*?)(?:\s*```)?\s*\Z", re.DOTALL)
ARGUMENTS = ("arguments", "parameters", "input")


def is_call_in_words(given: Given) -> bool:
    """Is the text nothing but the JSON of a call of a tool that was offered, where no call was read?"""
    offered = names_offered(given.request)
    if not offered or calls(given.message):
        return False
    inner = FENCE.match(text_of(given.message))
    value = read_json(inner[1].encode("utf-8", "replace")) if inner and inner[1][:1] in ("{", "[") else None
    found = value if isinstance(value, list) else [value]
    return bool(found) and all(
        isinstance(each, dict) and each.get("name") in offered and any(key in each for key in ARGUMENTS)
        for each in found
    )


FOREIGN = re.compile(r"[^\x00-\x7f]+")


def garbled_letters(given: Given) -> str:
    """Letters of the request that come back as their UTF-8 bytes read as Latin-1 or as Windows' own; empty where none
    do."""
    text = text_of(given.message)
    if text.isascii():
        return ""
    asked = given.request.body.decode("utf-8", "replace")
    for word in FOREIGN.findall(asked):
        for encoding in ("latin-1", "cp1252"):
            wrong = word.encode().decode(encoding, "ignore")
            if len(wrong) > 1 and wrong in text and wrong not in asked:
                return f"letters of the request come back as other ones: {word[:20]!r} as {wrong[:40]!r}"
    return ""


@row(
    "response.text_clean",
    "MUST keep think tags, raw tool-call syntax and stop strings out of text",
    evidence_kind=EvidenceKind.RULE,
    source=sources.MESSAGES,
    everywhere=everywhere(surely_unclean, of_model=True),
)
def text_clean(run: Run) -> Conversation[Verdict]:
    _, stopped, _ = yield from stopped_at(run)
    scenes = {
        "a bare message": calibrate.baseline(run),
        "cut at the limit": beyond_the_limit(run),
        "with stop sequences": stopped,
        "with thinking": thinking_request(run, LEAST_BUDGET),
        "after a call": after_a_call(run),
    }
    given = yield from gather(in_both_modes(run, scenes))
    calling = yield from gather_calls(run)
    given += calling.given
    worded = [each for each in given if raw_text_of(each.message)]
    verdict = decide_invariant(exercised=len(worded), violations=(yield from hold_to(text_clean_violations, worded)))
    if verdict.status is Status.SUPPORTED and not calling.given and calling.verdict is not None:
        return calling.verdict  # what is most likely to leak was never answered
    if verdict.deviation is Deviation.UNSTEADY:
        # What one answer says once may be the model's own words.
        return untested(Reason.UNSTABLE, verdict.note)
    if verdict.deviation is Deviation.INCOMPLETE:
        return untested(Reason.MODEL_TOO_WEAK, verdict.note)
    return verdict
