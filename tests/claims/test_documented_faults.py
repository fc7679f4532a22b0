"""Where a vendor documents a fault of the wire, its endpoint is acted out with just that fault."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import pytest

from conformance.expect.claims.faults import FAULTS, is_documented
from conformance.expect.claims.load import Provider, load_provider
from conformance.measure.judge import Judgement
from conformance.probing.verdict import Verdict
from conformance.protocol.status import Deviation, Status
from conformance.report.result import row_result
from conformance.rows import BY_ID

DONE = "frame 9: data: [DONE] is not part of this protocol"
ZERO = "a plain answer: frame 1: message_start has input_tokens 0 although there was a prompt"


def vendor(tmp_path: Path, *claims: str) -> Provider:
    """A vendor whose page claims these rows."""
    head = 'name = "acme"\ntitle = "Acme"\nbase_url = "https://acme.example"\nauth = ["bearer"]\napi_key_env = "KEY"\n'
    page = '[[documents]]\nid = "guide"\ntitle = "Guide"\n'
    told = (f'[[claims]]\n{claim}\nquote = "terminates with data: [DONE]"\ndocument = "guide"\n' for claim in claims)
    path = tmp_path / "acme.toml"
    path.write_text("\n".join([head, page, *told]), encoding="utf-8")
    return load_provider(path, known_rows=BY_ID)


STREAMS = 'row = "fields.stream"\nstatus = "supported"'
SAYS_DONE = 'row = "stream.no_done"\nstatus = "partial"\nfault = "done_sentinel"'


def compared(claims: Provider, row: str, status: Status, note: str) -> str:
    deviation = Deviation.FRAMING if status is Status.PARTIAL else None
    verdict = Verdict(status=status, note=note, deviation=deviation)
    return row_result(Judgement(row=BY_ID[row], verdict=verdict), claims).agreement.value


@pytest.mark.parametrize(
    ("row", "status", "note", "expected"),
    [
        ("stream.no_done", Status.PARTIAL, DONE, "agrees"),
        ("stream.no_done", Status.BROKEN, DONE, "agrees"),
        ("stream.no_done", Status.SUPPORTED, "", "better"),
        ("stream.no_done", Status.BROKEN, "frame 3: another fault", "worse"),
        # The same fault seen by another row that the vendor claims,
        ("fields.stream", Status.PARTIAL, DONE, "agrees"),
        # and another fault there.
        ("fields.stream", Status.PARTIAL, "the stream comes as text/plain", "worse"),
        ("fields.stream", Status.BROKEN, ZERO, "worse"),
        ("stream.message_start", Status.PARTIAL, ZERO, "undeclared"),
    ],
)
def test_what_is_documented_agrees_with_just_that_fault(
    tmp_path: Path, row: str, status: Status, note: str, expected: str
) -> None:
    assert compared(vendor(tmp_path, STREAMS, SAYS_DONE), row, status, note) == expected


def test_a_vendor_that_hides_the_fault_is_worse(tmp_path: Path) -> None:
    assert compared(vendor(tmp_path, STREAMS), "fields.stream", Status.PARTIAL, DONE) == "worse"


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        ("done_sentinel", DONE),
        ("zero_usage_at_start", ZERO),
        ("unsigned_thinking", "the thinking block carries no signature"),
    ],
)
def test_each_fault_is_told_by_its_own_note_alone(fault: str, note: str) -> None:
    assert [name for name in FAULTS if is_documented([name], note)] == [fault]
    assert not is_documented([fault], "an invented signature is not refused, and the thought does not come back")


def test_the_schema_names_every_fault() -> None:
    schema = json.loads(files("conformance.expect.claims").joinpath("claims.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["claim"]["properties"]["fault"]["enum"] == list(FAULTS)
