"""Most faults of real servers are everywhere: each lie in its global form, alone and in pairs, is told of all rows.

A seeded share is told in the tests of each commit; `python -m tests.proofs` tells all.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.lies import BY_ID, LIES, Lie
from conformance.lies.globally import EVERYWHERE, GlobalLie, global_forms, scoped
from conformance.lies.lie import STREAMED
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.status import Reason, Status
from conformance.reference.faults import fail
from conformance.reference.stream_changes import insert_bytes
from conformance.reference.transforms import answer_put, drop, only, refuse
from tests.proofs.global_lies import (
    forms,
    honest_verdicts,
    judged,
    pairs,
    proof_of,
    prove_globally,
    prove_pair,
    shuts,
    wrong_outcomes,
)


def form(lie: str, scope: str = EVERYWHERE) -> GlobalLie:
    """The global form of a lie."""
    return next(each for each in forms() if each.scope == scope and any(of.id == lie for of in each.of))


TOLD = (
    "stream.no_done/said_at_the_end",
    "stream.framing/with_comments",
    "stream.message_start/no_stop_sequence",
    "response.usage.cache/parts_add_up_otherwise",
    "headers.request_id/missing_for_errors",
    "tools.cache_control/left_out_of_usage",
    "replay.tool_use/key_added",
    "fields.system/replaced",
    "messages.multi_turn/later_turns_dropped",
    "stream.early_error/all_answered",
    "tools.web_search/paused_for_ever",
    "endpoints.beta_query/always_streams",
)


@pytest.mark.parametrize("name", TOLD)
def test_a_lie_about_everything_is_told_and_nothing_is_said_falsely(name: str) -> None:
    assert [line for proof in prove_globally(form(name)) for line in proof.complaints] == []


def lie(*transforms: object, row: str = "fields.top_k", status: str = "ignored", name: str = "made_up") -> Lie:
    return Lie(row=row, name=name, transforms=transforms, status=status, note="x")  # type: ignore[arg-type]


def test_a_change_on_the_way_in_is_made_wherever_its_path_is() -> None:
    narrow = lie(only(drop("top_k", beside="system", unless="tools"), {"max_tokens": "^16$"}))
    (told,) = global_forms([narrow])
    assert told.transforms == (drop("top_k"),)
    assert (told.scope, told.of) == (EVERYWHERE, (narrow,))


def test_a_change_of_answers_is_made_to_all_of_a_mode() -> None:
    changed = answer_put("stop_reason", "stop")
    streamed, unstreamed, both = (
        lie(only(changed, {"stream": "True", "max_tokens": "^16$"})),
        lie(only(replace(changed, unless=STREAMED), {"max_tokens": "^16$"})),
        lie(only(changed, {"max_tokens": "^16$"})),
    )
    found = [each.transforms for each in global_forms([streamed, unstreamed, both])]
    assert found == [(replace(changed, beside=STREAMED),), (replace(changed, unless=STREAMED),), (changed,)]


def test_a_change_of_frames_is_made_to_all_streams() -> None:
    done = insert_bytes(b"data: [DONE]\n\n")
    assert global_forms([lie(only(done, {"max_tokens": "^16$"}))])[0].transforms == (done,)


def test_a_failure_is_told_of_all_requests_with_tools_and_of_all_streams() -> None:
    found = global_forms([lie(fail(500, "top_k", beside="system"))])
    assert {each.scope: each.transforms for each in found} == {
        "with_tools": (fail(500, "tools"),),
        "streams": (fail(500, STREAMED),),
    }


def test_forms_that_are_the_same_endpoint_are_one() -> None:
    found = global_forms([lie(fail(500, "top_k")), lie(fail(500, "top_p", "Something else"), row="fields.top_p")])
    assert [len(each.of) for each in found] == [2, 2]
    (refused,) = global_forms([lie(refuse("system", beside="tools")), lie(refuse("system", "No.", beside="tools"))])
    assert len(refused.of) == 2


def test_what_is_told_of_everything_already_has_no_other_form() -> None:
    assert global_forms([lie(drop("top_k"))]) == ()


def test_a_form_that_ends_the_preflight_is_told_of_tools_and_of_streams_instead() -> None:
    told = GlobalLie(scope=EVERYWHERE, transforms=(refuse("messages"),), of=(lie(refuse("messages")),))
    assert shuts(told)
    assert [each.scope for each in scoped(told) if not shuts(each)] == ["with_tools", "streams"]


def test_every_row_has_a_lie_that_is_told_of_everything_or_is_so_already() -> None:
    everywhere = {of.row for each in forms() for of in each.of}
    # Their lies are about every answer as they stand.
    assert {each.row for each in LIES} - everywhere == {"response.envelope", "response.usage"}


def misdeclared(name: str, status: str) -> GlobalLie:
    told = form(name)
    return replace(told, of=tuple(replace(BY_ID[each.id], status=status) for each in told.of))


def test_a_row_that_does_not_tell_its_lie_fails_the_proof() -> None:
    harmless = misdeclared("stream.framing/with_comments", status="broken")
    assert any(
        "stream.framing is supported, due broken" in line for line in proof_of([harmless], judged([harmless])).missed
    )


def test_a_row_that_moves_where_no_rule_is_broken_fails_the_proof() -> None:
    broken = misdeclared("stream.message_start/no_stop_sequence", status="supported")
    assert any("though no rule is broken" in line for line in proof_of([broken], judged([broken])).false)


def moved(**rows: Verdict) -> dict[str, Verdict]:
    return {**honest_verdicts(), **{row.replace("__", "."): verdict for row, verdict in rows.items()}}


def test_a_model_that_is_blamed_for_a_lie_fails_the_proof() -> None:
    told = form("stream.no_done/said_at_the_end")
    found = moved(fields__top_k=untested(Reason.MODEL_TOO_WEAK, "not shown able"))
    assert any("fields.top_k blames the model" in line for line in proof_of([told], found).false)


def test_a_word_that_this_kind_of_lie_cannot_show_fails_the_proof() -> None:
    told = form("stream.no_done/said_at_the_end")
    found = moved(fields__top_k=Verdict(status=Status.REJECTED, note="HTTP 400"))
    assert any("of which nothing is shown" in line for line in proof_of([told], found).false)


def test_rows_that_contradict_each_other_fail_the_proof() -> None:
    told = form("stream.no_done/said_at_the_end")
    found = moved(fields__stream=Verdict(status=Status.REJECTED, note="HTTP 400"))
    assert proof_of([told], found).contradictions


def test_a_profile_that_is_blocked_where_its_client_works_fails_the_proof() -> None:
    told = form("stream.no_done/said_at_the_end")
    broken = Verdict(status=Status.BROKEN, note="no answer")
    found = moved(clients__claude_code__first_request=broken, clients__sdk__stream=broken)
    assert wrong_outcomes([told], found) == [
        "claude-code is blocked, but the real client works",
        "sdk-basics is blocked, but the real client works",
    ]


def test_a_profile_that_is_ready_where_its_client_fails_fails_the_proof() -> None:
    told = [form("stream.order/goes_on_with_words"), form("stream.message_start/no_usage")]
    wrong = [line for each in told for line in wrong_outcomes([each], honest_verdicts())]
    assert [line.split()[0] for line in wrong] == ["claude-code", "sdk-basics"]
    assert all(line.endswith("but the real client fails") for line in wrong)


def test_the_pairs_are_of_different_lies_and_answer_a_bare_message() -> None:
    names = [frozenset((one.id, other.id)) for one, other in pairs()]
    assert len(set(names)) == len(names) == 101
    assert {len(each) for each in names} == {2}
    one, other = pairs()[0]
    both = GlobalLie(scope=EVERYWHERE, transforms=(*one.transforms, *other.transforms), of=(*one.of, *other.of))
    assert not shuts(both)


def test_a_pair_is_told_of_all() -> None:
    one, other = form("stream.no_done/said_at_the_end"), form("headers.request_id/missing_for_errors")
    assert prove_pair((one, other)).complaints == []
