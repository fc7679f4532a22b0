"""output_config: how hard the model works, and the form of its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conformance.probing import calibrate
from conformance.probing.capability import copies_codes
from conformance.probing.contrast import Message, ask_contrast
from conformance.probing.detection import Detection, Detector, look_for, modes_agree, proof_by
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import validated
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept
from conformance.protocol.answer import read_answer, said_anywhere, text_of, usage_number
from conformance.protocol.exchange import Json
from conformance.protocol.status import Deviation
from conformance.protocol.strict_json import JsonFaultError, parse
from conformance.rows.shared import sources

NO_EFFORT = "sideways"

TRIES_OF_EFFORT = 5
"""With each of two efforts: that chance alone puts all of one before all of the other happens once in 252 runs."""

FENCE = "```"
LANGUAGE = re.compile(r"\w*")


@row(
    "fields.output_config.effort",
    "MUST act on output_config.effort",
    evidence_kind=EvidenceKind.VALIDATION,
    source=sources.EFFORT,
)
def effort(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    contrast = yield from ask_contrast(plain, plain.with_fields(output_config={"effort": "low"}))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        finding = yield from look_at_effort(run)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


@row(
    "fields.output_config.format",
    "MUST return JSON that fits output_config.format",
    evidence_kind=EvidenceKind.NONCE,
    source=sources.STRUCTURED_OUTPUTS,
)
def output_format(run: Run) -> Conversation[Verdict]:
    prompt = run.wording(
        "format", "Write one sentence about a harbour.", "Describe a harbour in a single short sentence."
    )
    plain = run.message(prompt, max_tokens=200)
    values = {run.name(f"format/{n}", stem): run.nonce(f"format/{n}/value") for n, stem in enumerate(STEMS)}
    treatment = plain.with_fields(output_config={"format": {"type": "json_schema", "schema": schema_of(values)}})
    detect = fits(values)
    contrast = yield from ask_contrast(plain, treatment, proof=proof_by(detect))
    finding = Finding(effect=Effect.CANNOT_TELL)
    if contrast.accepted:
        # Even a form that is enforced leaves a model free to refuse; and a schema that was only added to the
        # prompt lengthens it, and is then the model's to follow or not.
        finding = yield from look_for(
            run, contrast, treatment, detect, ask_capability=copies_codes, always=True, grows=20
        )
        finding = yield from modes_agree(run, treatment, detect, finding, ask_capability=copies_codes)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=finding)


def look_at_effort(run: Run) -> Conversation[Finding]:
    """What an effort does where it is accepted: nothing reports it, and how long a model answers is mostly its own.

    an effort that does not exist    answers with high and with low         effect
    refused, crashes                 -                                      not visible: validated only
    limited, away                    -                                      cannot tell
    accepted                         every one half as long again           seen
    accepted                         otherwise, or not answered             cannot tell
    """
    role = "an effort that does not exist"
    bad = calibrate.baseline(run).with_fields(output_config={"effort": NO_EFFORT})
    got = yield from calibrate.ask_reliably({role: bad})
    answer = read_answer(got[role])
    good = calibrate.baseline(run).with_fields(output_config={"effort": "low"})
    told = yield from validated(answer, "a bad value", good=good, given=bad)
    if told is not None:
        return told
    prompt = run.wording("effort", "Explain why the sea has tides.", "Explain how a compass needle finds the north.")
    lengths: dict[str, list[int]] = {"low": [], "high": []}
    # The first two may show that high takes no longer: then all of them cannot show that it does.
    for tries in (range(1), range(1, TRIES_OF_EFFORT)):
        for level, found in lengths.items():
            request = run.message(prompt, max_tokens=1500, output_config={"effort": level})
            asked = {f"effort {level} ({n + 1})": request.again(n) for n in tries}
            answers = yield from calibrate.ask_reliably(asked)
            found += [length_of(calibrate.answered_message(answers[each])) for each in asked]
        finding = compare_lengths(lengths["low"], lengths["high"])
        if finding.effect is not Effect.SEEN:
            break
    return finding


def length_of(message: Message | None) -> int:
    """What an answer cost, hidden thinking included where that is counted; 0 where none came."""
    if message is None:
        return 0
    return max(usage_number(message, "output_tokens") or 0, len(said_anywhere(message).split()))


def compare_lengths(low: Sequence[int], high: Sequence[int]) -> Finding:
    """Does every answer with high effort cost half as much again as any with low effort?"""
    if not all(low) or not all(high):
        note = "a bad value is accepted as well, and not every try of the same question was answered"
        return Finding(effect=Effect.CANNOT_TELL, note=note)
    counted = f"{min(low)} to {max(low)} tokens with low, {min(high)} to {max(high)} with high"
    if min(high) * 2 >= max(low) * 3:
        return Finding(effect=Effect.SEEN, note=f"answers take {counted}; a bad value is accepted as well")
    note = f"a bad value is accepted as well, and the length of the answers tells nothing ({counted})"
    return Finding(effect=Effect.CANNOT_TELL, note=note)


STEMS = ("berth", "tide")


def schema_of(values: Mapping[str, str]) -> Json:
    """A schema that one answer alone fits, and no model would hit by chance."""
    return {
        "type": "object",
        "properties": {key: {"type": "string", "enum": [value]} for key, value in values.items()},
        "required": list(values),
        "additionalProperties": False,
    }


def fits(values: Mapping[str, str]) -> Detector:
    """Finds the one JSON object that fits; the case of an enum's value may differ, officially too."""
    wanted = {key: value.casefold() for key, value in values.items()}

    def detect(message: Message) -> Detection:
        text = text_of(message)
        inside = inside_a_fence(text)
        given = _object(text if inside is None else inside)
        if given is None:
            return Detection(
                seen=False,
                missed="the answer is no JSON object",
                void=message.get("stop_reason") == "max_tokens",
            )
        if {key: str(given.get(key)).casefold() for key in wanted} != wanted:
            missing = "keys" if set(wanted) - set(given) else "values"
            note = f"the answer is a JSON object, but without the {missing} of the schema"
            return Detection(seen=True, note=note, deviation=Deviation.INCOMPLETE)
        if set(given) - set(wanted):
            note = "the answer has keys that the schema does not allow"
            return Detection(seen=True, note=note, deviation=Deviation.EXTRA_KEYS)
        if inside is not None:
            note = "the JSON stands in a code fence, so the text of the answer is no JSON"
            return Detection(seen=True, note=note, deviation=Deviation.FRAMING)
        return Detection(seen=True)

    return detect


def inside_a_fence(text: str) -> str | None:
    """What stands between the fences of a text that is one block of code; None where it is none. By hand, because a
    pattern would try every place in a text of a million blanks."""
    bare = text.strip()
    if len(bare) < 2 * len(FENCE) or not (bare.startswith(FENCE) and bare.endswith(FENCE)):
        return None
    return LANGUAGE.sub("", bare[len(FENCE) : -len(FENCE)], count=1).strip()


def _object(text: str) -> dict[str, Json] | None:
    try:
        value = parse(text)
    except JsonFaultError:
        return None
    return value if isinstance(value, dict) else None
