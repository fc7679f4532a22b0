"""HTTP headers: which key is read, and whether the version and the betas matter."""

from __future__ import annotations

import re

from conformance.probing import calibrate
from conformance.probing.contrast import ask_contrast
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.probes import must_refuse
from conformance.probing.row import Table
from conformance.probing.run import Conversation, Run, auth_headers
from conformance.probing.validated import crashes, still_answered
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, digests, untested
from conformance.protocol.answer import Answer, Outcome, describe_error, read_answer
from conformance.protocol.exchange import Exchange
from conformance.protocol.status import Deviation, Reason
from conformance.rows import sources
from conformance.rows.betas import CONTEXT_MANAGEMENT_BETA
from conformance.rows.client_headers import add_client_headers
from conformance.rows.context_editing import with_results_to_clear
from conformance.rows.keys import with_keys, wrong_key
from conformance.rows.request_ids import add_request_id

TABLE = Table("headers")

VERSION_WORD = re.compile(r"\bversion", re.IGNORECASE)
"""Not the middle of another word: "conversion" is no refusal of a version."""


def authenticates(run: Run, auth: str) -> Conversation[Verdict]:
    """Supported when the good key alone is let in and a wrong one in the same header is not. Where no key at all is let
    in as well, there is nothing to be authenticated."""
    good, wrong = with_keys(run, auth_headers(auth)), with_keys(run, auth_headers(auth, wrong_key(run)))
    contrast = yield from ask_contrast(calibrate.baseline(run), good, role=f"the key in {auth} alone")
    if not contrast.accepted:
        return decide_must_accept(
            control=contrast.control, treatment=contrast.treatment, finding=Finding(effect=Effect.CANNOT_TELL)
        )
    role = f"a wrong key in {auth} alone"
    got = yield from calibrate.ask_steadily({role: wrong, "no key at all": with_keys(run, {})})
    refused, keyless = read_answer(got[role]), read_answer(got["no key at all"])
    if refused.answered:
        if keyless.answered:
            return untested(Reason.NOT_APPLICABLE, "no key is checked here: no key at all is answered as well")
        return untested(Reason.NOT_ATTRIBUTABLE, "the key is not checked here: a wrong key is answered as well")
    crashed = refused.outcome is Outcome.BROKEN and (yield from still_answered(good, wrong))
    if refused.outcome not in (Outcome.LOCKED, Outcome.REFUSED) and not crashed:
        return untested(Reason.CANNOT_TELL, f"a wrong key met neither an answer nor a refusal: {refused.problem}")
    note = crashes("a wrong key there", refused) if crashed else f"a wrong key there: {refused.problem}"
    seen = Finding(effect=Effect.SEEN, note=note)
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=seen)


@TABLE.row(
    "headers.x_api_key",
    "MUST authenticate the key in x-api-key alone",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.API_OVERVIEW,
)
def x_api_key(run: Run) -> Conversation[Verdict]:
    return (yield from authenticates(run, "x-api-key"))


@TABLE.row(
    "headers.authorization",
    "MUST authenticate the key in Authorization: Bearer alone (what SDK 2.x and ANTHROPIC_AUTH_TOKEN send)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.API_OVERVIEW,
)
def authorization(run: Run) -> Conversation[Verdict]:
    return (yield from authenticates(run, "bearer"))


@TABLE.row(
    "headers.both",
    "MUST accept x-api-key and Authorization together (which one wins goes into the note)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.API_OVERVIEW,
)
def both(run: Run) -> Conversation[Verdict]:
    """Decides by what one wrong key of the two does.

    good x-api-key,    wrong x-api-key,    both wrong    effect
      wrong bearer       good bearer
    answered           refused             -             seen: x-api-key wins
    refused            answered            -             seen: Authorization wins
    refused            refused             -             seen: both must be good
    answered           answered            refused       seen: one good key is enough
    answered           answered            answered      not visible: no key is checked where both are sent
    answered           answered            fails         not visible
    one of the two fails                   -             seen, without the winner
    Where one of the two is refused, two good keys must be answered as well.
    """
    wrong = wrong_key(run)
    mixed = {
        "good x-api-key, wrong bearer": {**auth_headers("x-api-key"), **auth_headers("bearer", wrong)},
        "wrong x-api-key, good bearer": {**auth_headers("x-api-key", wrong), **auth_headers("bearer")},
    }
    got = yield {role: with_keys(run, carried) for role, carried in mixed.items()}
    met = [read_answer(got[role]) for role in mixed]
    outcomes = {each.outcome for each in met}
    if outcomes == {Outcome.ANSWERED}:
        finding = yield from one_is_enough(run)
        return decide_must_accept(control=[], treatment=met, finding=finding)
    first, second = (each.answered for each in met)
    note = WHICH_WINS[first, second] if outcomes <= KNOWN_ENDS else "which one wins could not be seen"
    seen = Finding(effect=Effect.SEEN, note=note, rests_on=digests(met))
    if first != second and outcomes <= KNOWN_ENDS:
        # Both headers are taken together where one of the two keys is wrong: so they are where both are good.
        answered = [each for each in met if each.answered]
        return decide_must_accept(control=[], treatment=answered, finding=seen)
    together = with_keys(run, {**auth_headers("x-api-key"), **auth_headers("bearer")})
    contrast = yield from ask_contrast(
        calibrate.baseline(run), together, role="the key in both headers", refused=met[0]
    )
    return decide_must_accept(control=contrast.control, treatment=contrast.treatment, finding=seen)


def one_is_enough(run: Run) -> Conversation[Finding]:
    """What it means that each key is answered beside a wrong one: two wrong ones tell. That each suffices alone is what
    the rows of the two headers say."""
    wrong, role = wrong_key(run), "both keys wrong"
    carried = {**auth_headers("x-api-key", wrong), **auth_headers("bearer", wrong)}
    answer = read_answer((yield from calibrate.ask_steadily({role: with_keys(run, carried)}))[role])
    if answer.outcome in (Outcome.LOCKED, Outcome.REFUSED):
        return Finding(effect=Effect.SEEN, note="one good key of the two is enough")
    if answer.answered:
        note = "no key is checked where both are sent: two wrong ones are answered as well"
        return Finding(effect=Effect.NOT_VISIBLE, note=note, rests_on=digests([answer]))
    return Finding(effect=Effect.NOT_VISIBLE, note=f"which one wins could not be seen: {answer.problem}")


KNOWN_ENDS = {Outcome.ANSWERED, Outcome.LOCKED, Outcome.REFUSED}

WHICH_WINS = {
    (True, False): "x-api-key wins",
    (False, True): "Authorization wins",
    (False, False): "both keys must be good",
}
"""By whether a good x-api-key beside a wrong bearer is answered, and the other way round."""


@TABLE.row(
    "headers.anthropic_version",
    "MUST read anthropic-version: a missing or bogus one is refused",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.VERSIONS,
)
def anthropic_version(run: Run) -> Conversation[Verdict]:
    good = calibrate.baseline(run)

    def stated(exchange: Exchange) -> bool:
        return exchange.status == 400 and bool(VERSION_WORD.search(describe_error(exchange)))

    return (
        yield from must_refuse(
            control=good,
            bad={
                "without anthropic-version": good.with_headers(anthropic_version=None),
                "with a bogus anthropic-version": good.with_headers(anthropic_version="2001-01-01"),
            },
            stated=stated,
        )
    )


def how_met(answer: Answer) -> str:
    """How a request was met: in a word, or with what came instead of a word."""
    if answer.answered:
        return "accepted"
    return "refused" if answer.outcome in (Outcome.REFUSED, Outcome.LOCKED) else f"not answered ({answer.problem})"


def reports_edits(answer: Answer) -> bool:
    """Does an answer report context_management at all, if only that nothing was to be edited?"""
    return answer.message is not None and isinstance(answer.message.get("context_management"), dict)


@TABLE.row(
    "headers.anthropic_beta",
    "MUST unlock beta fields by anthropic-beta: a gated field works with it and is 400 without it "
    "(how unknown values are met goes into the note)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.BETA_HEADERS,
)
def anthropic_beta(run: Run) -> Conversation[Verdict]:
    """Whether the header unlocks a gated field, context_management.

    with its beta        without it           an unknown beta   effect
    answered             refused              -                 seen
    answered, unreported answered             -                 cannot tell: the field is dropped
    answered, reported   answered, unreported -                 seen, incomplete: dropped instead of refused
    answered, reported   answered, reported   refused           seen, incomplete: values are validated
    answered, reported   answered, reported   else              absent
    else                                                        cannot tell
    """
    plain = calibrate.baseline(run)
    unknown = plain.with_headers(anthropic_beta=f"{run.name('beta', 'unknown')}-2025-01-01")
    got = yield from calibrate.ask_steadily({"control": plain, "an unknown beta": unknown})
    control, stranger = (read_answer(each) for each in got.values())
    note = f"an unknown beta is {how_met(stranger)}"
    # The edit that its own row asks for; where that is not taken, a field that asks for none.
    _, edits = with_results_to_clear(run)
    nothing = plain.with_fields(context_management={"edits": []})
    for unlocked in (edits, nothing.with_headers(anthropic_beta=CONTEXT_MANAGEMENT_BETA)):
        gated = unlocked.with_headers(anthropic_beta=None)
        roles = ("a gated field with its header", "the gated field alone")
        got = yield from calibrate.ask_steadily(dict(zip(roles, (unlocked, gated), strict=True)))
        with_header, without = (read_answer(got[role]) for role in roles)
        if with_header.answered:
            break
    header = with_header
    if control.answered and not with_header.answered:
        alone = plain.with_headers(anthropic_beta=CONTEXT_MANAGEMENT_BETA)
        contrast = yield from ask_contrast(plain, alone, role="the header alone")
        header = contrast.treatment[0]
        if not header.answered:
            return decide_must_accept(
                control=contrast.control,
                treatment=contrast.treatment,
                finding=Finding(effect=Effect.CANNOT_TELL, note=note),
            )
    if with_header.answered and without.outcome is Outcome.REFUSED:
        effect, deviation = Effect.SEEN, None
        note = f"context_management needs its beta; {note}"
    elif with_header.answered and without.answered and not reports_edits(with_header):
        # What is dropped needs no beta, and shows nothing of the header.
        effect, deviation = Effect.CANNOT_TELL, None
        note = f"context_management is accepted, and nothing of it is reported, with its beta either; {note}"
    elif with_header.answered and without.answered and not reports_edits(without):
        effect, deviation = Effect.SEEN, Deviation.INCOMPLETE
        note = f"context_management acts with its beta alone; without it it is dropped instead of refused; {note}"
    elif with_header.answered and without.answered and stranger.outcome is Outcome.REFUSED:
        effect, deviation = Effect.SEEN, Deviation.INCOMPLETE
        note = f"values are validated ({stranger.problem}), but context_management needs no beta"
    elif with_header.answered and without.answered:
        effect, deviation = Effect.ABSENT, None
        note = f"context_management is accepted with and without its beta; {note}"
    else:
        effect, deviation = Effect.CANNOT_TELL, None
        note = (
            "no gated field is offered by which the header could be seen to act: "
            f"context_management is {how_met(with_header)} with its beta, {how_met(without)} without; {note}"
        )
    finding = Finding(effect=effect, note=note, deviation=deviation)
    return decide_must_accept(control=[control], treatment=[header], finding=finding)


add_client_headers(TABLE)
add_request_id(TABLE)
