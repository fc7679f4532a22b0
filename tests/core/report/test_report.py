"""The reports: the same results are the same bytes, and nothing that an endpoint says is more than text."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.evidence.run_info import RunInfo
from conformance.expect.profile import all_profiles, assess
from conformance.measure.judge import Evidence, Judgement
from conformance.probing.evidence_kind import EvidenceKind
from conformance.probing.row import Row
from conformance.probing.run import Conversation
from conformance.probing.verdict import Verdict, untested
from conformance.protocol.exchange import KEY, Request
from conformance.protocol.hidden_characters import HIDDEN
from conformance.protocol.status import Agreement, Claimed, Deviation, Reason, Status
from conformance.report import markdown, matrix, terminal
from conformance.report.curl import curl_line, decisive, needs_file
from conformance.report.matrix_record import Matrix
from conformance.report.matrix_row import ExchangeCost, MatrixRow
from conformance.report.result import cost, costs, row_result, shown_request
from conformance.rows import BY_ID, ROWS
from tests.core import matrices
from tests.core.made_up import counted, exchange, refusal, request

INFO = RunInfo(
    provider="acme",
    url="https://api.acme.example/anthropic",
    model="m-1",
    auth="bearer",
    anthropic_version="2023-06-01",
    mode="live",
    seed=7,
)
ORDER = [row.id for row in ROWS]

VERDICTS = [
    Verdict(status=Status.SUPPORTED),
    Verdict(status=Status.PARTIAL, note="mapped", deviation=Deviation.MAPPED),
    Verdict(status=Status.ACCEPTED, note="validated only"),
    Verdict(status=Status.IGNORED, note="no effect"),
    Verdict(status=Status.REJECTED, note="HTTP 400: no"),
    Verdict(status=Status.BROKEN, note="HTTP 500"),
    untested(Reason.UNREACHABLE, "connect: refused"),
]

EVIDENCE = [
    Evidence(role="control", exchange=exchange(counted(10))),
    Evidence(role="with the field", exchange=refusal("no", 400)),
    Evidence(role="no answer", exchange=exchange(status=None, failure="connect: refused", asked=request(a=1))),
]


def judgement(verdict: Verdict, row: Row = ROWS[0]) -> Judgement:
    return Judgement(row=row, verdict=verdict, evidence=EVIDENCE)


PLANNED = {"requests": 1, "input_tokens": 2, "output_tokens": 3, "most_requests": 4}


def results() -> list[MatrixRow]:
    return [row_result(judgement(verdict, row), None) for verdict, row in zip(VERDICTS, ROWS, strict=False)]


def built(*rows: MatrixRow, dialect: str = "", unsteady: str = "", **said: Any) -> Matrix:
    info, spent = replace(INFO, **said), costs(judgement(VERDICTS[0]))
    return matrix.build(info, rows or results(), spent, ORDER, planned=PLANNED, dialect=dialect, unsteady=unsteady)


def row(note: str = "", **fields: Any) -> MatrixRow:
    return replace(row_result(judgement(Verdict(status=Status.IGNORED, note=note)), None), **fields)


def problems(value: dict[str, Any]) -> list[str]:
    validator = jsonschema.Draft202012Validator(matrix.schema())
    return [error.json_path for error in validator.iter_errors(value)]


def test_a_matrix_with_every_status_follows_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(matrix.schema())
    whole = built()
    assert {each.status for each in whole.rows} == set(Status)
    assert problems(whole.as_json()) == []


def test_a_matrix_without_rows_and_without_requests_follows_its_schema() -> None:
    empty = matrix.build(INFO, [], {}, ORDER, planned=PLANNED)
    assert problems(empty.as_json()) == []
    assert (empty.run.started, empty.run.requests) == (None, 0)


def test_a_matrix_is_read_as_it_was_written() -> None:
    assessed = tuple(assess(profile, {}) for profile in all_profiles(BY_ID))
    told = built(dialect="thinking is off", unsteady="1 of 9 failed", changed="another model")
    for whole in (built(), replace(told, profiles=assessed)):
        assert Matrix.from_json(json.loads(matrix.dump(whole))) == whole
        assert problems(whole.as_json()) == []


def test_what_a_file_does_not_say_is_not_made_up_when_it_is_written_again() -> None:
    said = matrices.file(matrices.row("fields.top_k", "partial", deviation="of another time"))
    said["profiles"] = [{"name": "vision", "title": "Vision", "readiness": "ready", "because": []}]
    assert Matrix.from_json(said).as_json() == said


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "maybe"},
        {"status": "untested"},
        {"reason": "unreachable"},
        {"status": "partial"},
        {"deviation": "mapped"},
        {"title": "works"},
        {"claim": "yes"},
        {"agreement": "no"},
        {"extra": 1},
    ],
)
def test_the_schema_refuses_a_row_of_another_shape(wrong: dict[str, Any]) -> None:
    whole = built(row()).as_json()
    assert problems(whole) == []
    assert problems({**whole, "rows": [{**row().as_json(), **wrong}]}) != []


def test_the_same_results_are_the_same_bytes_in_whatever_order_they_came() -> None:
    there, back = built(), built(*reversed(results()))
    assert matrix.dump(there) == matrix.dump(back) == matrix.dump(built())
    assert markdown.page(there) == markdown.page(back)
    assert list(terminal.lines(there)) == list(terminal.lines(back))
    assert [each.id for each in back.rows] == ORDER[:7]


def test_a_run_is_summed_over_each_exchange_once() -> None:
    run = built().run
    # The two exchanges with the same question are one; the third has no answer.
    assert (run.requests, run.input_tokens, run.output_tokens) == (2, 0, 0)
    assert run.started == "2026-01-02T03:04:05+00:00"


def test_an_exchange_costs_its_waits_and_what_it_reports() -> None:
    at = "2026-01-02T03:04:05+00:00"
    spent = ExchangeCost(requests=1, input_tokens=10, output_tokens=4, started=at, finished=at)
    assert cost(exchange(counted(10))) == spent


def test_the_evidence_names_what_was_asked_and_what_was_said() -> None:
    shown = [each.summary().as_json() for each in EVIDENCE]
    assert [each["outcome"] for each in shown] == ["answered", "refused", "unreachable"]
    assert [each.get("said") for each in shown] == [None, "HTTP 400: no", "connect: refused"]
    assert [each["status"] for each in shown] == [200, 400, None]


def test_contradictions_come_worse_first() -> None:
    rows = [row(agreement=agreement) for agreement in Agreement]
    assert [each.agreement for each in matrix.contradictions(rows)] == ["worse", "better"]


HOSTILE = [
    "a | b || c",
    "`code` ``more`` \\` \\",
    "[click](https://evil.example/) ![x](https://evil.example/x.png) [a]: b",
    "<script>alert(1)</script> <b>bold</b> <!-- gone --> <https://evil.example>",
    "&lt;b&gt; &#60; &copy;",
    "*strong* **very** _soft_ ~~gone~~ # head",
    "see https://evil.example/path",
    "line one\nline two\r\n\n| x | y |\n# Heading\n- item",
    "\\| \\\\| \\[x\\]",
]

ACTIVE = re.compile(r"[\\`*_\[<|~&!]|(?<=[a-z])://")


def visible(text: str) -> str:
    """The text on one line, with a space where it has a character that nobody can see."""
    seen = (char if char.isprintable() and not HIDDEN.match(char) else " " for char in text)
    return " ".join("".join(seen).split())


def shown(markdown_text: str) -> str:
    """What a reader sees of inline Markdown that holds no markup but backslash escapes; fails where it holds any."""
    pieces = re.split(r"(\\[!-/:-@\[-`{-~])", markdown_text)
    for plain in pieces[::2]:
        assert not ACTIVE.search(plain), f"{plain!r} of {markdown_text!r} is markup"
    return "".join(piece.removeprefix("\\") if number % 2 else piece for number, piece in enumerate(pieces))


@pytest.mark.parametrize("note", HOSTILE)
def test_a_hostile_note_is_shown_as_its_text_in_one_cell(note: str) -> None:
    assert visible(shown(markdown.cell(note))) == visible(note)
    (line,) = (line for line in markdown.page(built(row(note))).splitlines() if line.startswith("| `"))
    cells = re.split(r"(?<!\\)(?:\\\\)*\|", line)
    assert len(cells) == 7
    assert shown(cells[5].strip()) == visible(note)


@given(st.text())
def test_any_note_is_shown_as_its_text(note: str) -> None:
    assert visible(shown(markdown.cell(note))) == visible(note)


def test_the_names_of_provider_and_model_are_shown_as_their_text() -> None:
    page = markdown.page(built(provider="a*c*me", model="<b>m</b>|[x](y)"))
    assert shown(page.splitlines()[0].removeprefix("# ")) == "a*c*me: <b>m</b>|[x](y)"


def test_the_page_shows_every_row_with_its_code() -> None:
    page = markdown.page(built())
    assert all(f"| `{row_id}` |" in page for row_id in ORDER[:7])
    assert "◐ partial (mapped)" in page
    assert "– untested (unreachable)" in page
    assert "7 rows: 1 supported, 1 partial, 1 accepted, 1 ignored, 1 rejected, 1 broken, 1 untested." in page


def test_the_page_begins_with_what_differs_from_the_documents() -> None:
    page = markdown.page(built(row("dropped", claim=Claimed.SUPPORTED, agreement=Agreement.WORSE)))
    assert page.index("## Differs from what is documented") < page.index("## headers")
    assert "## Differs" not in markdown.page(built(row()))


@pytest.mark.parametrize("note", ["half \ud83d", "\udc4b"])
def test_a_note_with_half_a_character_can_be_written_down(note: str) -> None:
    whole = built(row(note))
    matrix.dump(whole).encode()
    markdown.page(whole).encode()
    "".join(line for line, _ in terminal.lines(whole)).encode()


CONTROLS = ["\x1b[2J\x1b[31mred", "a\nb", "a\rb", "\x07\x08", "\x9b31m", "a\u202eb", "a\u2028b", "\x00"]


@pytest.mark.parametrize("text", CONTROLS)
def test_a_line_of_the_terminal_has_no_control_characters(text: str) -> None:
    hostile = built(row(text, claim=Claimed.SUPPORTED, agreement=Agreement.WORSE), model=text)
    commands = {ORDER[0]: ["curl x"]}
    for line, _ in [*terminal.lines(hostile), *terminal.reproductions(hostile.rows, commands)]:
        assert line == "" or line.isprintable()


@pytest.mark.parametrize("text", CONTROLS)
def test_a_page_has_no_control_characters_but_its_line_ends(text: str) -> None:
    assert all(line.isprintable() for line in markdown.page(built(row(text))).split("\n"))


def test_the_terminal_says_how_to_reproduce_what_is_not_supported() -> None:
    rows = built().rows
    lines = [line for line, _ in terminal.reproductions(rows, {each.id: ["curl x", "pytest y"] for each in rows})]
    assert len(lines) == 6 * 3
    assert lines[:3] == [f"{ORDER[1]} (partial)", "  curl x", "  pytest y"]
    assert list(terminal.reproductions(rows, {})) == []


@pytest.mark.parametrize(
    "text", ["plain", 'it\'s $HOME `id` $(id) "x" \\ !! * ~ # & ; | < >', "two\nlines", "\N{WAVING HAND SIGN}", "'"]
)
def test_a_curl_line_is_words_of_a_shell_and_the_key_stays_a_variable(text: str) -> None:
    asked = request(system=text).with_headers(x_odd=text.replace("\n", " "))
    words = shlex.split(curl_line(asked, "https://x.example/it's", "ACME_KEY"))
    assert words[:3] == ["curl", "-sS", "https://x.example/it's/v1/messages"]
    assert "x-api-key: $ACME_KEY" in words
    assert f"x-odd: {text.replace(chr(10), ' ')}" in words
    assert words[-2:] == ["--data-binary", asked.body.decode()]
    assert KEY not in words[:-1]


def test_the_shell_fills_in_the_key_and_nothing_else() -> None:
    asked = Request(method="GET", path="/v1/models", headers={"authorization": f"Bearer {KEY}"})
    line = curl_line(asked, "https://x.example", "ACME_KEY")
    assert line == 'curl -sS -X GET https://x.example/v1/models -H "authorization: Bearer $ACME_KEY"'


def test_further_headers_stand_in_the_line_with_their_variables() -> None:
    line = curl_line(request(), "https://x.example", "ACME_KEY", {"x-team": "TEAM_SECRET"})
    assert '"x-team: $TEAM_SECRET"' in line
    assert "x-team: $TEAM_SECRET" in shlex.split(line)


def test_a_long_body_is_read_from_a_file() -> None:
    assert not needs_file(request())
    long = request(system="x" * 2000)
    assert needs_file(long)
    words = shlex.split(curl_line(long, "https://x.example", "K", body_file="reports/a b/row.json"))
    assert words[-2:] == ["--data-binary", "@reports/a b/row.json"]


def test_the_request_that_is_shown_is_the_first_that_is_no_control() -> None:
    assert shown_request(judgement(VERDICTS[0])) is EVIDENCE[1].exchange
    assert decisive(EVIDENCE[:1]) is EVIDENCE[0].exchange
    assert decisive([]) is None


def no_probe(run: Any) -> Conversation[Verdict]:
    raise AssertionError("nothing is asked here")


def test_every_verdict_of_every_row_fits_the_schema() -> None:
    made = Row(
        id="made.up",
        table="t",
        title="MAY be",
        evidence_kind=EvidenceKind.RULE,
        source="https://x.example/",
        probe=no_probe,
    )
    for verdict in VERDICTS:
        result = row_result(judgement(verdict, made), None)
        whole = matrix.build(INFO, [result], {}, ["made.up"], planned=PLANNED)
        assert problems(whole.as_json()) == []
        assert result.agreement is Agreement.UNDECLARED
