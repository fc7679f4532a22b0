"""HTTP headers: which key is read, and whether the version and the betas matter."""

from __future__ import annotations

import re

from conformance import calibrate
from conformance.answer import Answer, Outcome, describe_error, read_answer
from conformance.exchange import Exchange
from conformance.pair import ask_pair
from conformance.probes import must_refuse
from conformance.row import Table
from conformance.rows import sources
from conformance.rows.betas import CONTEXT_MANAGEMENT_BETA
from conformance.rows.client_headers import add_client_headers
from conformance.rows.context_editing import with_results_to_clear
from conformance.rows.keys import with_keys, wrong_key
from conformance.rows.request_ids import add_request_id
from conformance.run import Run, Steps, auth_headers
from conformance.status import Deviation, Reason
from conformance.verdict import Effect, Sighting, Verdict, decide_must_accept, untested
from conformance.witness import Witness

TABLE = Table("headers")

VERSION_WORD = re.compile(r"\bversion", re.IGNORECASE)
"""Not the middle of another word: "conversion" is no refusal of a version."""


def authenticates(run: Run, auth: str) -> Steps[Verdict]:
    """Supported when the good key alone is let in and a wrong one in the same header is not."""
    good, wrong = with_keys(run, auth_headers(auth)), with_keys(run, auth_headers(auth, wrong_key(run)))
    pair = yield from ask_pair(calibrate.baseline(run), good, role=f"the key in {auth} alone")
    if not pair.accepted:
        return decide_must_accept(
            control=pair.control, treated=pair.treated, sighting=Sighting(effect=Effect.CANNOT_TELL)
        )
    role = f"a wrong key in {auth} alone"
    got = yield from calibrate.ask_steadily({role: wrong, "no key at all": with_keys(run, {})})
    refused, keyless = read_answer(got[role]), read_answer(got["no key at all"])
    if refused.answered:
        what = "no key at all" if keyless.answered else "a wrong key"
        return untested(Reason.NOT_ATTRIBUTABLE, f"the key is not checked here: {what} is answered as well")
    if refused.outcome not in (Outcome.LOCKED, Outcome.REFUSED):
        return untested(Reason.CANNOT_TELL, f"a wrong key met neither an answer nor a refusal: {refused.problem}")
    seen = Sighting(effect=Effect.SEEN, note=f"a wrong key there: {refused.problem}")
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=seen)


@TABLE.row(
    "headers.x_api_key",
    "MUST authenticate the key in x-api-key alone",
    witness=Witness.REFUSAL,
    source=sources.API_OVERVIEW,
)
def x_api_key(run: Run) -> Steps[Verdict]:
    return (yield from authenticates(run, "x-api-key"))


@TABLE.row(
    "headers.authorization",
    "MUST authenticate the key in Authorization: Bearer alone (what SDK 2.x and ANTHROPIC_AUTH_TOKEN send)",
    witness=Witness.REFUSAL,
    source=sources.API_OVERVIEW,
)
def authorization(run: Run) -> Steps[Verdict]:
    return (yield from authenticates(run, "bearer"))


@TABLE.row(
    "headers.both",
    "MUST accept x-api-key and Authorization together (which one wins goes into the note)",
    witness=Witness.REFUSAL,
    source=sources.API_OVERVIEW,
)
def both(run: Run) -> Steps[Verdict]:
    wrong = wrong_key(run)
    mixed = {
        "good x-api-key, wrong bearer": {**auth_headers("x-api-key"), **auth_headers("bearer", wrong)},
        "wrong x-api-key, good bearer": {**auth_headers("x-api-key", wrong), **auth_headers("bearer")},
    }
    got = yield {role: with_keys(run, carried) for role, carried in mixed.items()}
    outcomes = [read_answer(got[role]).outcome for role in mixed]
    first, second = (outcome is Outcome.ANSWERED for outcome in outcomes)
    note = WHICH_WINS[first, second]
    if not set(outcomes) <= KNOWN_ENDS:
        note = "which one wins could not be seen"
    effect = Effect.NOT_VISIBLE if set(outcomes) == {Outcome.ANSWERED} else Effect.SEEN
    if first != second and len(set(outcomes)) == 2 and set(outcomes) <= KNOWN_ENDS:
        # Both headers are taken together where one of the two keys is wrong: so they are where both are good.
        met = [read_answer(got[role]) for role in mixed]
        answered = [each for each in met if each.answered]
        return decide_must_accept(control=[], treated=answered, sighting=Sighting(effect=effect, note=note))
    together = with_keys(run, {**auth_headers("x-api-key"), **auth_headers("bearer")})
    first_met = read_answer(got[next(iter(mixed))])
    pair = yield from ask_pair(calibrate.baseline(run), together, role="the key in both headers", refused=first_met)
    if not pair.accepted:
        return decide_must_accept(
            control=pair.control, treated=pair.treated, sighting=Sighting(effect=Effect.CANNOT_TELL)
        )
    return decide_must_accept(control=pair.control, treated=pair.treated, sighting=Sighting(effect=effect, note=note))


KNOWN_ENDS = {Outcome.ANSWERED, Outcome.LOCKED, Outcome.REFUSED}

WHICH_WINS = {
    (True, False): "x-api-key wins",
    (False, True): "Authorization wins",
    (True, True): "either key suffices, or none is checked",
    (False, False): "both keys must be good",
}
"""By whether a good x-api-key beside a wrong bearer is answered, and the other way round."""


@TABLE.row(
    "headers.anthropic_version",
    "MUST read anthropic-version: a missing or bogus one is refused",
    witness=Witness.REFUSAL,
    source=sources.VERSIONS,
)
def anthropic_version(run: Run) -> Steps[Verdict]:
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
            wire=False,
        )
    )


def how_met(answer: Answer) -> str:
    """How a request was met: in a word, or with what came instead of a word."""
    if answer.answered:
        return "accepted"
    return "refused" if answer.outcome in (Outcome.REFUSED, Outcome.LOCKED) else f"not answered ({answer.problem})"


@TABLE.row(
    "headers.anthropic_beta",
    "MUST unlock beta fields by anthropic-beta: a gated field works with it and is 400 without it "
    "(how unknown values are met goes into the note)",
    witness=Witness.REFUSAL,
    source=sources.BETA_HEADERS,
)
def anthropic_beta(run: Run) -> Steps[Verdict]:
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
        pair = yield from ask_pair(plain, alone, role="the header alone")
        header = pair.treated[0]
        if not header.answered:
            return decide_must_accept(
                control=pair.control,
                treated=pair.treated,
                sighting=Sighting(effect=Effect.CANNOT_TELL, note=note),
            )
    if with_header.answered and without.outcome is Outcome.REFUSED:
        effect, deviation = Effect.SEEN, None
        note = f"context_management needs its beta; {note}"
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
    sighting = Sighting(effect=effect, note=note, deviation=deviation)
    return decide_must_accept(control=[control], treated=[header], sighting=sighting)


add_client_headers(TABLE)
add_request_id(TABLE)
