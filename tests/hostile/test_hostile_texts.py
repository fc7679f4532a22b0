"""A whole run against an endpoint whose every word is hostile: model names, refusals, errors, streams, headers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.core.hostile_texts import HOSTILE_TEXTS
from tests.core.made_up import message, text_stream
from tests.end_to_end.running import Ended, copy_of_the_checkout, only_json, run_in
from tests.end_to_end.servers import embedded
from tests.tally import Tally

NAMES = ["\x1b[31mmodel\x07", "a\u202eb", "two\nlines", "reference-1"]
ROWS = "fields or errors or tool_choice or response or stream or replay"
DISTURBED = (
    b'"top_k"',
    b'"temperature"',
    b'"stop_sequences"',
    b'"metadata"',
    b'"tool_choice"',
    b'"system"',
    b'"stream":true',
)


def as_json(body: object, status: int = 200) -> Response:
    """The body with escapes, since half a pair of surrogates has no bytes of its own."""
    return Response(json.dumps(body), status_code=status, media_type="application/json")


def refused(text: str) -> Response:
    return as_json({"type": "error", "error": {"type": text[:40], "message": text}}, 400)


def failed(text: str) -> Response:
    return as_json({"detail": [{"msg": text}]}, 500)


def said(text: str) -> Response:
    return as_json(message(text, id=text, model=text, stop_reason=text, stop_sequence=text))


def an_error(text: str) -> Response:
    return as_json({"error": text})


def a_stream(text: str) -> Response:
    return Response(text_stream(text), media_type="text/event-stream")


def bytes_of_it(text: str) -> Response:
    return Response(text.encode("utf-8", "replace"), media_type="application/json")


WAYS: list[Callable[[str], Response]] = [refused, failed, said, an_error, a_stream, bytes_of_it]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a run showed, in each medium, and how many hostile answers it met."""

    ended: Ended
    reports: Path
    junit: bytes
    met: int


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    folder = tmp_path_factory.mktemp("texts")
    checkout = copy_of_the_checkout(folder / "checkout")
    # All texts are met before one is met in a second way, and all ways among them.
    combined = cycle(
        [(WAYS[(n + turn) % len(WAYS)], text) for turn in range(len(WAYS)) for n, text in enumerate(HOSTILE_TEXTS)]
    )
    met: dict[bytes, tuple[Callable[[str], Response], str]] = {}

    async def answer(request: Request, body: bytes) -> Response | None:
        if request.url.path == "/v1/models":
            return JSONResponse({"data": [{"id": name} for name in NAMES]})
        if not any(mark in body for mark in DISTURBED):
            return None
        # The same question is met the same way each time, or the row is untested for that alone.
        way, text = met.setdefault(body, next(combined))
        return way(text)

    with embedded(answer) as url:
        ended = run_in(
            checkout,
            f"--endpoint={url}",
            "--seed=5",
            "--patience=0",
            "--record",
            f"--cassettes={folder / 'cassettes'}",
            f"--reports={folder / 'reports'}",
            f"--junitxml={folder / 'junit.xml'}",
            *("-k", ROWS, "-rA", "-vv", "--showlocals", "-p", "no:cacheprovider"),
        )
    return Shown(ended=ended, reports=folder / "reports", junit=(folder / "junit.xml").read_bytes(), met=len(met))


def test_the_run_ends_as_any_other_with_findings(shown: Shown, tally: Tally) -> None:
    assert shown.ended.code == 1, shown.ended.out[-3000:]
    assert "INTERNALERROR" not in shown.ended.out
    assert "internal_error" not in shown.ended.out
    assert shown.met >= len(HOSTILE_TEXTS) * 2, "a text was not met in two ways"
    tally("hostile answers in whole runs", shown.met)


def test_the_terminal_shows_nothing_but_characters(shown: Shown) -> None:
    bad = {char for char in shown.ended.out if not char.isprintable()} - {"\n"}
    assert bad == set()


def test_the_first_model_whose_name_is_one_is_measured(shown: Shown) -> None:
    assert only_json(shown.reports, "selection")["endpoint"]["model"] == "reference-1"


def test_the_notes_of_the_matrix_are_one_line_of_characters_each(shown: Shown) -> None:
    rows = only_json(shown.reports, "selection")["rows"]
    notes = [row["note"] for row in rows] + [each.get("said", "") for row in rows for each in row["evidence"]]
    assert all(note == "" or note.isprintable() for note in notes)
    assert max(map(len, notes)) <= 600
    assert any("<script>" in note for note in notes), "no hostile text reached a note, so this shows nothing"


def test_the_page_holds_no_markup_but_its_own(shown: Shown) -> None:
    from tests.core.report.test_safe import FRAME, PLAIN, tokens

    page = next(shown.reports.rglob("selection.md")).read_text(encoding="utf-8")
    assert all(line.isprintable() for line in page.split("\n"))
    kinds = {token.type for token in tokens(page)}
    strange = {kind for kind in kinds if kind not in PLAIN and not FRAME.fullmatch(kind)}
    assert strange <= {"heading_open", "heading_close", "bullet_list_open", "bullet_list_close"} | {
        f"{name}_{end}" for name in ("list_item", "strong") for end in ("open", "close")
    }
    rows = {row["id"] for row in only_json(shown.reports, "selection")["rows"]}
    assert all(page.count(f"| `{row}` |") == 1 for row in rows)


def test_junit_is_well_formed_and_holds_no_control(shown: Shown) -> None:
    root = ElementTree.fromstring(shown.junit)
    texts = ["".join([*each.attrib.values(), each.text or ""]) for each in root.iter()]
    assert all(char.isprintable() or char in "\n\t" for text in texts for char in text)
    cases = [case.get("name") for case in root.iter("testcase")]
    assert len(cases) == len(only_json(shown.reports, "selection")["rows"])


def test_the_cassettes_can_be_judged_again(shown: Shown) -> None:
    """What is hostile on its way in stays data on disk."""
    for path in shown.reports.parent.joinpath("cassettes").rglob("*.yaml"):
        data = path.read_bytes()
        assert b"\x1b" not in data
        assert b"\x07" not in data
    json.dumps(only_json(shown.reports, "selection"))
