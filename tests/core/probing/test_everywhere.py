"""Every exchange of a run is held to the rules of the rows that own them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.cassette import CassetteError, Recording
from conformance.evidence.run_info import RunInfo
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path, save_row
from conformance.probing.everywhere import Came, Mark, Seen, combined, hold
from conformance.probing.run import Run
from conformance.probing.verdict import Verdict, Violation, untested
from conformance.protocol.answer import read_answer
from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation, Reason, Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.reference.stream_changes import move_event
from conformance.reference.transforms import Act
from conformance.rows import BY_ID, ROWS
from tests.core.made_up import RUN, exchange, message, refusal, streamed, text_stream
from tests.in_process import KEY, record, verdicts
from tests.published import hold_column

MODEL = DEFAULT_MODELS[0]
RULE_OWNERS = [row for row in ROWS if row.everywhere is not None]

GOOD, FIXED = Verdict(status=Status.SUPPORTED), Verdict(status=Status.ACCEPTED)
BAD, NO = Verdict(status=Status.BROKEN, note="own"), Verdict(status=Status.REJECTED)
PART = Verdict(status=Status.PARTIAL, deviation=Deviation.FRAMING)
NEVER, ODD = untested(Reason.NEVER_EXERCISED, ""), untested(Reason.UNSTABLE, "")


def seen(*, peers: int = 5, deviation: Deviation | None = None) -> Seen:
    came = Came(row="a.row", role="a question", exchange=exchange(message()))
    return Seen(came=came, violation=Violation(rule="it breaks", deviation=deviation), peers=peers)


SEVERE, ALONE = seen(), seen(peers=0)
SLIGHT, SLIGHT_ALONE = seen(deviation=Deviation.EXTRA_KEYS), seen(deviation=Deviation.EXTRA_KEYS, peers=0)
UNSTEADY, EXTRA = Deviation.UNSTEADY, Deviation.EXTRA_KEYS


@pytest.mark.parametrize(
    ("own", "elsewhere", "of_model", "status", "code"),
    [
        (GOOD, [], False, Status.SUPPORTED, None),
        (NEVER, [], False, Status.UNTESTED, Reason.NEVER_EXERCISED),
        (BAD, [SEVERE, SEVERE], False, Status.BROKEN, None),
        (NO, [SEVERE, SEVERE], False, Status.REJECTED, None),
        (GOOD, [SEVERE, SEVERE], False, Status.BROKEN, None),
        (PART, [SEVERE, SEVERE], False, Status.BROKEN, None),
        (NEVER, [SEVERE, SEVERE], False, Status.BROKEN, None),
        (GOOD, [ALONE], False, Status.BROKEN, None),
        (NEVER, [ALONE], False, Status.BROKEN, None),
        (GOOD, [SEVERE], False, Status.PARTIAL, UNSTEADY),
        (FIXED, [SEVERE], False, Status.PARTIAL, UNSTEADY),
        (PART, [SEVERE], False, Status.PARTIAL, Deviation.FRAMING),
        (ODD, [SEVERE], False, Status.UNTESTED, Reason.UNSTABLE),
        (GOOD, [SLIGHT, SLIGHT], False, Status.PARTIAL, EXTRA),
        (NEVER, [SLIGHT, SLIGHT], False, Status.PARTIAL, EXTRA),
        (GOOD, [SLIGHT_ALONE], False, Status.PARTIAL, EXTRA),
        (GOOD, [SLIGHT], False, Status.SUPPORTED, None),
        (NEVER, [SLIGHT], False, Status.UNTESTED, Reason.NEVER_EXERCISED),
        (PART, [SLIGHT, SLIGHT], False, Status.PARTIAL, Deviation.FRAMING),
        (GOOD, [ALONE], True, Status.SUPPORTED, None),
        (GOOD, [SLIGHT_ALONE], True, Status.SUPPORTED, None),
        (GOOD, [SEVERE, SEVERE], True, Status.BROKEN, None),
    ],
)
def test_a_verdict_and_what_is_seen_elsewhere(
    own: Verdict, elsewhere: Sequence[Seen], of_model: bool, status: Status, code: Deviation | Reason | None
) -> None:
    found = combined(own, elsewhere, of_model=of_model)
    assert (found.status, found.deviation or found.reason) == (status, code)


def test_the_note_names_who_asked() -> None:
    assert combined(GOOD, [SEVERE, SEVERE], of_model=False).note == "a.row, a question: it breaks"
    assert combined(GOOD, [SEVERE], of_model=False).note == "in 1 of 6 such answers: a.row, a question: it breaks"


def asked(number: int = 0, version: str = "2023-06-01", **fields: Any) -> Request:
    sent = RUN.message(f"Number {number}.", **fields)
    return replace(sent, headers={**sent.headers, "anthropic-version": version})


def came(given: Exchange, role: str = "a question") -> Came:
    return Came(row="a.row", role=role, exchange=given)


def found(owner: str, *exchanges: Exchange) -> list[Seen]:
    all_asked = [came(each, f"question {number}") for number, each in enumerate(exchanges)]
    return hold([BY_ID[owner]], all_asked, "2023-06-01").get(owner, [])


DONE = text_stream("x") + b"data: [DONE]\n\n"


def test_the_first_two_that_break_a_rule_are_named_with_their_peers() -> None:
    streams = [streamed(body, asked=asked(n)) for n, body in enumerate([text_stream("x"), DONE, DONE, DONE])]
    first, second = found("stream.no_done", *streams)
    assert [first.came.role, second.came.role] == ["question 1", "question 2"]
    assert first.peers == 1
    assert "[DONE]" in first.violation.rule


def test_one_exchange_that_two_rows_share_is_one_showing() -> None:
    shared = streamed(DONE, asked=asked())
    rows = hold([BY_ID["stream.no_done"]], [came(shared), came(shared, "again")], "2023-06-01")
    assert [each.came.role for each in rows["stream.no_done"]] == ["a question"]


def test_what_a_model_may_say_by_chance_must_be_said_to_two_prompts() -> None:
    leaks = message("<think>hm</think> OK.")
    same = [exchange(leaks, asked=asked().again(n)) for n in range(3)]
    assert len(found("response.text_clean", *same)) == 1
    assert len(found("response.text_clean", *same, exchange(leaks, asked=asked(1)))) == 2


def test_what_was_asked_under_another_version_follows_other_rules() -> None:
    assert found("stream.no_done", streamed(DONE, asked=asked(version="2023-01-01"))) == []


HTML = exchange(b"<html>no</html>", 400, headers={"content-type": "text/html"}, asked=asked())
DETAIL = exchange({"detail": "no"}, 422, asked=asked())


@pytest.mark.parametrize(
    ("given", "breaks"),
    [
        (HTML, True),
        (DETAIL, True),
        (exchange(b"no", 400, headers={"content-type": "text/plain"}, asked=asked()), True),
        (refusal(), False),
        (exchange({"detail": "Not Found"}, 404, asked=replace(asked(), path="/v1/nowhere")), False),
        (exchange({"detail": "no"}, 401, asked=replace(asked(), path="/v1/models", method="GET")), True),
        (exchange(DONE, 400, headers={"content-type": "text/event-stream"}, asked=asked()), False),
    ],
)
def test_every_refusal_is_held_to_the_envelope(given: Exchange, breaks: bool) -> None:
    sent = given if "anthropic-version" in given.request.headers else replace(given, request=asked())
    assert bool(found("errors.envelope", sent)) is breaks


USAGE = {"input_tokens": 10, "output_tokens": 4}
CALL = {"type": "tool_use", "id": "t", "name": "x", "input": {}}


@pytest.mark.parametrize(
    ("owner", "answer"),
    [
        ("response.stop_reason", message(stop_reason="tool_use")),
        ("response.stop_reason", message(content=[CALL])),
        ("response.stop_reason", message(stop_reason="stop")),
        ("response.stop_sequence", message(stop_reason="stop_sequence")),
        ("response.tool_use", message(content=[CALL], stop_reason="tool_use")),
        ("response.envelope", message(choices=[])),
        ("response.envelope", message(id="")),
        ("response.usage", message(usage={**USAGE, "total_tokens": 14})),
        ("response.usage", message(usage={**USAGE, "output_tokens": 0})),
        ("response.usage", message(stop_reason="max_tokens", usage={**USAGE, "output_tokens": 65})),
        ("response.usage", message(usage={})),
        ("response.usage.cache", message(usage={**USAGE, "cache_read_input_tokens": -1})),
        ("response.text_clean", message("<|im_end|>")),
    ],
)
def test_every_answer_is_held_to_the_rules_of_the_message(owner: str, answer: dict[str, Any]) -> None:
    assert found(owner, exchange(answer, asked=asked()))
    assert found(owner, exchange(message(), asked=asked())) == []
    assert found(owner, exchange(answer, asked=replace(asked(), path="/v1/messages/count_tokens"))) == []


def test_what_a_broken_stream_adds_up_to_is_no_answer() -> None:
    cut = text_stream("<|im_end|>").partition(b"event: message_delta")[0]
    assert found("response.stop_reason", streamed(cut, asked=asked())) == []
    assert found("response.text_clean", streamed(cut, asked=asked())) == []


def test_a_long_stream_that_we_cut_ourselves_says_nothing_of_its_end() -> None:
    body = text_stream("x").partition(b"event: content_block_stop")[0]
    whole = replace(streamed(body, asked=asked()), chunks=((29.0, body),), seconds=30)
    cut = replace(whole, failure="timeout: not done in 30 s")
    assert read_answer(cut).answered
    assert hold(RULE_OWNERS, [came(cut)], "2023-06-01") == {}


OVERLAP = Act("stream.blocks", "overlap", (move_event({"type": "content_block_start", "index": 2}, -1),))
"""In every stream of three blocks the third starts before the second is closed."""
INFO = RunInfo(seed=7, model=MODEL, auth="x-api-key", anthropic_version="2023-06-01", url="http://x.invalid")


def recorded(folder: Path, acts: Sequence[Act], *rows: str) -> dict[str, Recording]:
    app = create_app(api_key=KEY, acts=acts)
    run = Run(seed=7, model=MODEL)
    record(app, run, folder, url="http://x.invalid", info=INFO, rows=[BY_ID[row] for row in rows])
    return {row: Recording(cassette_path(folder, row)) for row in rows}


def test_a_stream_of_several_calls_is_judged_by_the_row_that_owns_its_rule(tmp_path: Path) -> None:
    held = recorded(tmp_path, [OVERLAP], "stream.blocks", "replay.tool_use")["stream.blocks"]
    judgement = judge(BY_ID["stream.blocks"], held)
    assert judgement.verdict.status is Status.BROKEN
    assert "replay.tool_use, several calls at once, streamed: frame " in judgement.verdict.note
    assert "block 2 starts while block 1 is open: event: content_block_start data: {" in judgement.verdict.note
    assert held.info.judged == "broken"
    assert judgement.evidence[-1].role == "replay.tool_use, several calls at once, streamed"


def test_a_recording_from_before_is_held_to_the_rules_as_a_run_is(tmp_path: Path) -> None:
    marked = recorded(tmp_path, [OVERLAP], "stream.blocks", "replay.tool_use")["stream.blocks"]
    elsewhere = {each.exchange for each in marked.info.seen_elsewhere}
    own = [each for each in marked.exchanges if each.request.digest not in elsewhere]
    save_row(tmp_path, "stream.blocks", replace(marked.info, seen_elsewhere=()), "http://x.invalid", own)
    path = cassette_path(tmp_path, "stream.blocks")
    assert judge(BY_ID["stream.blocks"], Recording(path)).verdict.status is Status.SUPPORTED
    told = hold_column(tmp_path)
    assert [each.partition(" is ")[0] for each in told] == [f"{tmp_path.name}: stream.blocks"] * len(elsewhere)
    once = path.read_bytes()
    assert judge(BY_ID["stream.blocks"], Recording(path)).verdict.status is Status.BROKEN
    assert Recording(path).info.seen_elsewhere == marked.info.seen_elsewhere
    assert (hold_column(tmp_path), path.read_bytes()) == (told, once)


def test_a_cassette_without_marks_is_judged_by_its_own_exchanges(tmp_path: Path) -> None:
    held = recorded(tmp_path, [OVERLAP], "stream.blocks", "replay.tool_use")["stream.blocks"]
    held.info = replace(held.info, seen_elsewhere=())
    assert judge(BY_ID["stream.blocks"], held).verdict.status is Status.SUPPORTED


def test_an_honest_endpoint_leaves_no_mark(tmp_path: Path) -> None:
    held = recorded(tmp_path, [], "stream.blocks", "replay.tool_use")
    assert all(not each.info.seen_elsewhere for each in held.values())


def test_an_honest_endpoint_keeps_its_statuses() -> None:
    alone, held = (verdicts(create_app(api_key=KEY), model=MODEL, everywhere=each) for each in (False, True))
    assert {row: each.status for row, each in held.items()} == {row: each.status for row, each in alone.items()}


def test_a_mark_that_is_none_makes_a_cassette_unreadable(tmp_path: Path) -> None:
    info = replace(INFO, further={"seen_elsewhere": [{"exchange": 5}]})
    save_row(tmp_path, "stream.blocks", info, "http://x.invalid", [])
    with pytest.raises(CassetteError):
        Recording(cassette_path(tmp_path, "stream.blocks"))


def test_a_mark_whose_exchange_is_not_there_says_nothing(tmp_path: Path) -> None:
    info = replace(INFO, seen_elsewhere=(Mark(exchange="0" * 16, row="a", role="b", peers=0),))
    held = recorded(tmp_path, [], "stream.blocks")["stream.blocks"]
    before = judge(BY_ID["stream.blocks"], held)
    save_row(tmp_path, "stream.blocks", info, "http://x.invalid", held.exchanges)
    after = judge(BY_ID["stream.blocks"], Recording(cassette_path(tmp_path, "stream.blocks")))
    assert after.verdict == before.verdict


def test_the_owners_of_a_rule_are_known() -> None:
    assert [row.id for row in RULE_OWNERS] == [
        "fields.model",
        "fields.thinking",
        "response.envelope",
        "response.stop_reason",
        "response.stop_sequence",
        "response.tool_use",
        "response.text_clean",
        "response.usage",
        "response.usage.cache",
        "stream.content_type",
        "stream.framing",
        "stream.order",
        "stream.blocks",
        "stream.skeletons",
        "stream.input_json",
        "stream.message_start",
        "stream.message_delta",
        "stream.no_done",
        "errors.envelope",
    ]


ODD_VALUES: list[Any] = [None, 5, "x", [], {}, [None, 5, "x", [], {}, {"name": 5}], {"type": 5}]
ODD_ANSWERS = [
    *(message(content=[each]) for each in ODD_VALUES),
    *(message(usage=each) for each in ODD_VALUES),
    *(message(stop_reason=each, stop_sequence=each) for each in ODD_VALUES),
    message(content=[{"type": "tool_use", "id": [], "name": {}, "input": 5}], stop_reason="tool_use"),
    message("<think>GrÃ¼"),
]


FIELDS = ("messages", "tools", "stop_sequences", "max_tokens", "stream")


def test_no_request_and_no_answer_stops_a_rule() -> None:
    requests = [asked().with_fields(**{field: each}) for field in FIELDS for each in ODD_VALUES]
    requests += [asked().without_fields(field) for field in FIELDS]
    requests += [replace(asked(), body=b"{"), replace(asked(), body=b"[]")]
    bodies = (b"", b"data: {", b"event: x\n\n", text_stream("x")[:90])
    given = [exchange(ODD_ANSWERS[-1], asked=sent) for sent in requests]
    given += [exchange(answer, asked=asked(number)) for number, answer in enumerate(ODD_ANSWERS)]
    given += [streamed(body, asked=asked(100 + number)) for number, body in enumerate(bodies)]
    given += [exchange(body, 400, asked=asked(200 + number)) for number, body in enumerate(bodies)]
    assert {"errors.envelope", "response.text_clean"} < hold(RULE_OWNERS, list(map(came, given)), "2023-06-01").keys()
