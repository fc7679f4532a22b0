"""model: the one that was asked for answers."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.good_key import key_refused
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run
from conformance.probing.validated import crashes, still_answered
from conformance.probing.verdict import (
    Effect,
    Finding,
    Verdict,
    Violation,
    decide_must_accept,
)
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.status import Deviation
from conformance.rows.shared import sources
from conformance.rows.shared.sampled_answers import Given, everywhere

SNAPSHOT = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$|[-@:](latest|free)$")
"""The tail by which a dated name differs from its alias."""


def same_model(asked: str, served: str) -> bool:
    """An alias may resolve to a dated name, and a gateway may add or drop a vendor's prefix; another size of the same
    family, or another date, is another model."""
    names = [name.casefold().rpartition("/")[2] for name in (asked, served)]
    if names[0] == names[1]:
        return True
    bases = [SNAPSHOT.sub("", name) for name in names]
    # claude-sonnet-4-0 is an alias of claude-sonnet-4-20250514
    undated = [base.removesuffix("-0") for base in bases]
    dated = [bool(re.search(r"\d$", name)) and name != base for name, base in zip(names, bases, strict=True)]
    return not all(dated) and undated[0] == undated[1]


NO_SUCH_MODEL = "no-such-model-"
"""How the name of a model begins that no endpoint has."""


def named_otherwise(given: Given) -> list[Violation]:
    """Another model is named in an answer than was asked for. What an endpoint makes of a model that does not exist is
    seen by itself."""
    asked, served = given.request.json.get("model"), given.message.get("model")
    known = isinstance(asked, str) and not asked.startswith(NO_SUCH_MODEL)
    if not known or not isinstance(served, str) or not served or same_model(asked, served):
        return []
    return [Violation(rule=f"{asked} is asked for, {served} is named", deviation=Deviation.RENAMED)]


@row(
    "fields.model",
    "MUST serve the model that is named, under its name (unknown names mapped to another model: partial)",
    evidence_kind=EvidenceKind.REPORTED,
    source=sources.MESSAGES,
    everywhere=everywhere(named_otherwise),
)
def model(run: Run) -> Conversation[Verdict]:
    plain = calibrate.baseline(run)
    named = f"{NO_SUCH_MODEL}{run.nonce('model').lower()}"
    unknown = plain.with_fields(model=named)
    got = yield from calibrate.ask_reliably({"control": plain, "a model that does not exist": unknown})
    control, stranger = read_answer(got["control"]), read_answer(got["a model that does not exist"])
    if control.message is None:
        return decide_must_accept(control=[control], treatment=[control])
    served = control.message.get("model")
    # A Message that names no model at all is the fault of response.envelope.
    if isinstance(served, str) and served and not same_model(run.model, served):
        note = f"{run.model} is asked for, {served} is named in the answer"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.RENAMED)
    elif stranger.message is not None:
        note = f"a model that does not exist is answered as {stranger.message.get('model')}"
        finding = Finding(effect=Effect.SEEN, note=note, deviation=Deviation.MAPPED)
    elif stranger.outcome in (Outcome.REFUSED, Outcome.LOCKED):
        # A refusal that does not give the name may have another cause, which came up just now, and a 401 is about the
        # name only while the key is good for another model. The control, asked again, shows either.
        if stranger.outcome is Outcome.LOCKED or named not in stranger.problem:
            again = read_answer((yield {"control": plain.again_beside(unknown)})["control"])
            if not again.answered:
                return decide_must_accept(control=[control, again], treatment=[stranger])
        locked = key_refused(got["a model that does not exist"], named)
        if locked is not None:
            return locked
        finding = Finding(effect=Effect.SEEN, note=f"a model that does not exist: {stranger.problem}")
    elif stranger.outcome is Outcome.BROKEN and (yield from still_answered(plain, unknown)):
        note = crashes("a model that does not exist", stranger)
        finding = Finding(effect=Effect.SEEN, note=note)
    else:
        note = f"a model that does not exist meets neither an answer nor a refusal: {stranger.problem}"
        finding = Finding(effect=Effect.CANNOT_TELL, note=note)
    return decide_must_accept(control=[control], treatment=[control], finding=finding)
