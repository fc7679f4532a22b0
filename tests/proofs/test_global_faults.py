"""Faults of a whole endpoint, not of one row: what every row says of it, and that no two rows contradict each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.lies.lie import STREAMED
from conformance.probing.contradictions import contradictions
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Reason
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.transforms import (
    Act,
    Transform,
    answer_drop,
    answer_put,
    at_route,
    drop,
    error_reshape,
    map_unknown_models,
    only,
    refuse,
    stamp_drop,
)
from tests.in_process import KEY, verdicts
from tests.proofs.lying import honest
from tests.proofs.test_confounders import CACHING, Due, Moves, alike, complaints

BLOCKS = "messages[*].content"
MARKERS = (
    "cache_control",
    "system[*].cache_control",
    "tools[*].cache_control",
    f"{BLOCKS}[*].cache_control",
)


def measured(*transforms: Transform) -> dict[str, Verdict]:
    """All rows on an endpoint that does this to whatever it meets."""
    app = create_app(api_key=KEY, acts=[Act("global", "fault", transforms)])
    return dict(verdicts(app, model=DEFAULT_MODELS[0], everywhere=True))


def wrong(found: dict[str, Verdict], moves: Moves) -> list[str]:
    """What is wrong with the verdicts, alone and beside each other."""
    return [*complaints(found, moves), *map(str, contradictions(found))]


NO_CACHE = alike(CACHING, Due("untested", "and nothing shows that this endpoint could report a cache$", "cannot_tell"))
NEVER_CACHED = {"response.usage.cache": Due("untested", "usage reports no cache", "never_exercised")}


def test_an_endpoint_that_reads_no_marker_is_not_known_to_ignore_one() -> None:
    assert wrong(measured(*map(drop, MARKERS)), {**NO_CACHE, **NEVER_CACHED}) == []


def test_a_marker_that_is_dropped_where_another_is_read_is_ignored() -> None:
    ignored = [row for row in CACHING if row not in ("content.text.cache_control", "fields.system.cache_control")]
    dropped: tuple[str, ...] = ("cache_control", "tools[*].cache_control")
    dropped += tuple(f"{BLOCKS}[type={kind}].cache_control" for kind in ("tool_use", "tool_result"))
    due = alike(ignored, Due("ignored", "^usage reports no cache for a marked prompt .* sent again$"))
    assert wrong(measured(*map(drop, dropped)), due) == []


def test_an_endpoint_without_any_request_id_ignores_the_row() -> None:
    bare = {"type": "error", "error": {"type": "$type", "message": "$message"}}
    found = measured(stamp_drop("request-id"), error_reshape(bare))
    assert wrong(found, {"headers.request_id": Due("ignored", "^no answer has a request-id$")}) == []


COUNTS = ("usage.cache_creation_input_tokens", "usage.cache_read_input_tokens")


def test_an_endpoint_that_caches_and_reports_none_is_not_known_to_ignore_a_marker() -> None:
    unreported = [answer_put(key, 0) for key in COUNTS]
    found = measured(*unreported)
    assert {found[row].status.value for row in CACHING} == {"untested"}
    assert contradictions(found) == []


EVERY_COUNT = (drop("system"), at_route("/count_tokens", drop("system")))


def test_a_system_prompt_that_is_dropped_everywhere_is_no_fault_of_the_count() -> None:
    found = measured(*EVERY_COUNT)
    assert found["fields.system"].status == "ignored"
    due = Due("supported", r"^the system prompt is not read here \(fields.system: ignored\), so it is not counted$")
    assert [each for each in wrong(found, {"endpoints.count_tokens": due}) if each.startswith("endpoints.")] == []


REFUSED_OR_LOST = {
    "streams refused": (refuse("stream"),),
    "streams answered with one body": (drop("stream"),),
    "unknown models mapped": (map_unknown_models(),),
    "the stop sequence not reported": (
        answer_put("stop_sequence", None, {"stop_reason": "stop_sequence"}),
        answer_put("stop_reason", "end_turn", {"stop_reason": "stop_sequence"}),
    ),
    "errors in another shape": (error_reshape({"error": {"message": "$message", "type": "$type"}}),),
    "no usage": (answer_drop("usage"),),
}


@pytest.mark.parametrize("fault", REFUSED_OR_LOST)
def test_under_a_fault_of_all_requests_no_two_rows_contradict_each_other(fault: str) -> None:
    found = measured(*REFUSED_OR_LOST[fault])
    assert any(found[row].status != status for row, status in honest().items()), "nothing moves"
    assert [str(each) for each in contradictions(found)] == []


def test_calls_that_are_left_in_the_text_with_the_marks_of_a_template_are_no_fault_of_the_model() -> None:
    raw = {"type": "text", "text": '<｜DSML｜function_calls><｜DSML｜invoke name="get_weather">'}
    ended = answer_put("stop_reason", "end_turn", {"stop_reason": "tool_use"})
    found = measured(answer_put("content[type=tool_use]", raw), ended)
    assert found["response.text_clean"].status == "broken"
    assert found["tools.name"].status == "broken"
    assert [row for row, verdict in found.items() if verdict.reason is Reason.MODEL_TOO_WEAK] == []


def test_another_model_in_streams_alone_is_told() -> None:
    found = measured(replace(answer_put("model", "reference-2"), beside=STREAMED))
    note = "a plain answer: the model 'reference-2' in a stream, 'reference-1' without"
    named = Due("partial", "streamed: reference-1 is asked for, reference-2 is named$", "renamed")
    due = {"stream.equals_message": Due("partial", f"^{note}$", "renamed"), "fields.model": named}
    assert wrong(found, due) == []


def test_a_prompt_that_is_larger_than_what_was_sent_is_told() -> None:
    found = measured(answer_put("usage.cache_read_input_tokens", 5_000_000))
    verdict = found["response.usage"]
    assert (verdict.status, verdict.deviation) == ("partial", "implausible")
    assert "usage counts a prompt of 5,000," in verdict.note
    assert contradictions(found) == []


def test_parallel_calls_that_get_lost_in_one_mode_are_no_fault_of_the_model() -> None:
    found = measured(Transform(stage="answer", name="keep_last", path="content[type=tool_use]", unless=STREAMED))
    assert found["response.tool_use"].status == "broken"
    assert [row for row, verdict in found.items() if verdict.reason is Reason.MODEL_TOO_WEAK] == []


def test_another_model_in_some_answers_is_told_by_the_row_about_the_model() -> None:
    found = measured(only(answer_put("model", "other-2"), {"tools[*].name": "get_weather"}))
    verdict = found["fields.model"]
    assert (verdict.status, verdict.deviation) == ("partial", "renamed")
    assert verdict.note.endswith("reference-1 is asked for, other-2 is named")
