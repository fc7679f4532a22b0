"""The key, in its two headers."""

from __future__ import annotations

from conformance.probing import calibrate
from conformance.probing.contrast import ask_contrast
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import row
from conformance.probing.run import Conversation, Run, auth_headers
from conformance.probing.validated import crashes, still_answered
from conformance.probing.verdict import Effect, Finding, Verdict, decide_must_accept, digests, untested
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.status import Reason
from conformance.rows.shared import sources
from conformance.rows.shared.keys import with_keys, wrong_key


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
    got = yield from calibrate.ask_reliably({role: wrong, "no key at all": with_keys(run, {})})
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


@row(
    "headers.x_api_key",
    "MUST authenticate the key in x-api-key alone",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.API_OVERVIEW,
)
def x_api_key(run: Run) -> Conversation[Verdict]:
    return (yield from authenticates(run, "x-api-key"))


@row(
    "headers.authorization",
    "MUST authenticate the key in Authorization: Bearer alone (what SDK 2.x and ANTHROPIC_AUTH_TOKEN send)",
    evidence_kind=EvidenceKind.REFUSAL,
    source=sources.API_OVERVIEW,
)
def authorization(run: Run) -> Conversation[Verdict]:
    return (yield from authenticates(run, "bearer"))


@row(
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
    answer = read_answer((yield from calibrate.ask_reliably({role: with_keys(run, carried)}))[role])
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
