"""What is recorded comes back byte for byte, and nothing else does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.evidence import cassette
from conformance.evidence.cassette import CassetteError, Recording
from conformance.evidence.run_info import RunInfo
from conformance.protocol.exchange import KEY, Exchange, Request
from tests.core.made_up import request

URL = "https://api.acme.example:8443/anthropic"
INFO = RunInfo(
    row="fields.top_k",
    provider="acme",
    url=URL,
    model="m",
    seed=7,
    auth="x-api-key",
    anthropic_version="2023-06-01",
)


def made(*pieces: bytes, asked: Request | None = None, **facts: Any) -> Exchange:
    given: dict[str, Any] = {
        "status": 200,
        "headers": {"content-type": "text/plain", "request-id": "req_1"},
        "chunks": tuple((0.25 * number, piece) for number, piece in enumerate(pieces, 1)),
        "seconds": 1.5,
        "sent_at": "2026-01-02T03:04:05+00:00",
        **facts,
    }
    return Exchange(request=asked or request(), **given)


def fields(exchange: Exchange) -> dict[str, Any]:
    names = ("request", "status", "chunks", "failure", "seconds", "sent_at", "waits")
    return {name: getattr(exchange, name) for name in names} | {"headers": dict(exchange.headers)}


def back(path: Path, *exchanges: Exchange) -> list[Exchange]:
    cassette.save(path, INFO, URL, exchanges)
    return Recording(path).exchanges


EXCHANGES = {
    "JSON": made(b'{"a": 1}'),
    "text of several lines": made(b"one\ntwo\n\n  three \n"),
    "carriage returns": made(b"event: a\r\ndata: b\r\n\r\n", b"\r", b"\n"),
    "line separators": made("a\n\u2028b\u2029\x85c\x0b\x0c".encode()),
    "next line beside a line feed": made("a\x85\nb".encode()),
    "emoji": made("\N{WAVING HAND SIGN} 不支持 \ufeff".encode()),
    "a character across chunks": made(*(bytes([byte]) for byte in "\N{WAVING HAND SIGN}".encode())),
    "bytes that are no text": made(b"\xff\x00\xfe", bytes(range(256))),
    "control characters": made(b"\x1b[31m\x00\x07\x7f"),
    "what looks like YAML": made(b"---\n- !!python/object:os.system\n? {}\n...\n"),
    "what looks like a number": made(b"null"),
    "an empty body": made(),
    "an empty chunk": made(b"a", b"", b"b"),
    "no answer": made(status=None, headers={}, failure="connect: refused"),
    "a cut": made(b'{"id', failure="cut: ReadError: gone"),
    "polite waits": made(b"{}", waits=3),
    "a long line": made(b"word " * 40_000),
    "a query": made(b"{}", asked=Request(path="/v1/models?limit=2&after=a%20b", method="GET", headers={"accept": "x"})),
    "a second try": made(b"{}", asked=request().again(2)),
    "a body of emoji": made(b"{}", asked=request(system="\N{WAVING HAND SIGN}\r\n")),
}


@pytest.mark.parametrize("exchange", [pytest.param(each, id=name) for name, each in EXCHANGES.items()])
def test_an_exchange_comes_back_as_it_was(exchange: Exchange, tmp_path: Path) -> None:
    (found,) = back(tmp_path / "row.yaml", exchange)
    assert fields(found) == fields(exchange)
    assert found.body == exchange.body


def test_all_exchanges_of_a_row_come_back_in_order_with_the_facts_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    asked = [made(b"{}", asked=request(number=number)) for number in range(5)]
    assert [each.request for each in back(path, *asked)] == [each.request for each in asked]
    assert Recording(path).info == INFO


def test_a_row_that_asked_nothing_comes_back(tmp_path: Path) -> None:
    assert back(tmp_path / "row.yaml") == []


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12) | st.text(max_size=12).map(lambda t: t.encode("utf-8", "replace")), max_size=4))
def test_any_body_in_any_pieces_comes_back(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    exchange = made(*pieces)
    (found,) = back(tmp_path_factory.getbasetemp() / "any.yaml", exchange)
    assert found.chunks == exchange.chunks


def test_a_recording_answers_the_questions_that_it_holds_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    first, second = made(b"1"), made(b"2", asked=request().again(1))
    back(path, first, second)
    recording = Recording(path)
    answers = [recording.answer(each.request) for each in (first, second)]
    assert [each.body for each in answers if each is not None] == [b"1", b"2"]
    assert recording.answer(request(top_k=1)) is None
    assert recording.answer(request().again(2)) is None


def test_the_path_of_the_address_is_no_part_of_the_question(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    (found,) = back(path, made(b"{}"))
    assert found.request.path == "/v1/messages"
    assert f"uri: {URL}/v1/messages" in path.read_text(encoding="utf-8")


def test_only_the_headers_that_make_a_question_are_kept_and_the_key_is_its_placeholder(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    asked = request().with_headers(user_agent="me", x_stainless_os="Linux", authorization=f"Bearer {KEY}")
    (found,) = back(path, made(b"{}", asked=asked))
    kept = {"x-api-key": KEY, "authorization": f"Bearer {KEY}", "content-type": "application/json"}
    assert found.request.headers == kept
    text = path.read_text(encoding="utf-8")
    assert "user-agent" not in text.lower()
    assert "stainless" not in text.lower()


def test_a_transcript_can_be_read_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    back(path, made('event: ping\ndata: {"a": "不"}\n\n'.encode()))
    text = path.read_text(encoding="utf-8")
    assert '\n        event: ping\n        data: {"a": "不"}\n' in text


def test_the_same_exchanges_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        cassette.save(tmp_path / name, INFO, URL, list(EXCHANGES.values()))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_error_while_writing_leaves_the_old_file_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "row.yaml"
    back(path, made(b"old"))
    before = path.read_bytes()

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        cassette.save(path, INFO, URL, [made(b"new")])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_text_that_cannot_be_written_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    cassette.write_whole(path, "old")
    with pytest.raises(UnicodeEncodeError):
        cassette.write_whole(path, "new \ud83d")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_written_with_its_folders_and_can_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    cassette.write_whole(path, "one\r\ntwo\n")
    assert path.read_bytes() == b"one\r\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_is_not_there_is_told_apart_from_one_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Recording(tmp_path / "row.yaml")


def damaged(path: Path, change: Any) -> None:
    """Saves a good cassette with its data changed."""
    back(path, made(b"abc"))
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def answer_of(data: Any) -> Any:
    return data["interactions"][0]["response"]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"hello",
        b"[]",
        b"- 1",
        b"{",
        b"\x00",
        b"\xff\xfe",
        b"version: 1\n",
        b"interactions: 5\n",
        b"[" * 5000,
    ],
)
def test_a_file_that_is_no_cassette_is_named_with_the_fix(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    path.write_bytes(text)
    with pytest.raises(CassetteError) as caught:
        Recording(path)
    line = str(caught.value)
    assert line.startswith(f"{path}: ")
    assert line.endswith("; delete it and record the row again")
    assert "\n" not in line
    assert len(line) < 400 + len(str(path))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda data: answer_of(data).pop("status"), id="no status"),
        pytest.param(lambda data: answer_of(data).pop("chunks"), id="no chunks"),
        pytest.param(lambda data: answer_of(data).update(chunks=[[0.1, 2]]), id="chunks too short"),
        pytest.param(lambda data: answer_of(data).update(chunks=[[0.1, 4]]), id="chunks too long"),
        pytest.param(lambda data: answer_of(data).update(chunks=[5]), id="chunks of another shape"),
        pytest.param(lambda data: answer_of(data).update(headers={"content-type": []}), id="a header without value"),
        pytest.param(lambda data: answer_of(data).update(seconds="soon"), id="no number of seconds"),
        pytest.param(lambda data: data["interactions"][0].pop("request"), id="no request"),
        pytest.param(lambda data: data.update(metadata=[1]), id="facts of another shape"),
    ],
)
def test_a_cassette_that_was_damaged_is_named_with_the_fix(change: Any, tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    damaged(path, change)
    with pytest.raises(CassetteError, match="delete it and record the row again") as caught:
        Recording(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("number", [None, 0, 2, "1"])
def test_a_cassette_of_another_format_is_named_with_both_numbers(number: object, tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    damaged(path, lambda data: data["metadata"].update(format=number))
    with pytest.raises(CassetteError) as caught:
        Recording(path)
    assert str(caught.value) == (
        f"{path}: cassette format {number!r} where 1 is expected; delete it and record the row again"
    )


@pytest.mark.parametrize(
    "payload",
    [
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{mark}']]",
        "!!python/object/apply:os.system ['touch {mark}']",
        "!!python/object/new:os.system ['touch {mark}']",
        "!!python/name:os.system",
        "!!python/module:json",
    ],
)
def test_a_tag_that_would_make_an_object_is_refused_and_runs_nothing(payload: str, tmp_path: Path) -> None:
    path, mark = tmp_path / "row.yaml", tmp_path / "mark"
    path.write_text(f"version: 1\ninteractions: []\nmetadata:\n  url: {payload.format(mark=mark)}\n")
    with pytest.raises(CassetteError, match="delete it and record the row again"):
        Recording(path)
    assert not mark.exists()


def test_eight_cassettes_are_written_and_read_at_once(tmp_path: Path) -> None:
    def one(number: int) -> bool:
        path = tmp_path / f"{number}.yaml"
        exchanges = [made(f"{number}/{n}\n".encode() * 20, asked=request(number=n)) for n in range(10)]
        return [fields(each) for each in back(path, *exchanges)] == [fields(each) for each in exchanges]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [True] * 8


def test_one_cassette_that_is_written_by_eight_at_once_is_always_whole(tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"

    def one(number: int) -> int:
        return len(back(path, *(made(b"x" * 2000, asked=request(number=n)) for n in range(number + 1))))

    with ThreadPoolExecutor(8) as pool:
        assert all(1 <= count <= 8 for count in pool.map(one, range(8)))
    assert list(tmp_path.iterdir()) == [path]


LARGE = made(b"x" * cassette.INLINE, b"y")
SMALL = made(b"small")
NEITHER = ("fields.top_k.yaml", "fields.top_p.yaml")


def kept(folder: Path) -> list[Path]:
    return sorted((folder / cassette.SHARED).glob("*"))


def test_a_large_exchange_lies_once_beside_the_rows_that_hold_it_and_comes_back_in_its_place(tmp_path: Path) -> None:
    for name in NEITHER:
        found = back(tmp_path / name, SMALL, LARGE, made(b"after", asked=request().again(1)))
        assert [fields(each) for each in found[:2]] == [fields(SMALL), fields(LARGE)]
        assert (tmp_path / name).stat().st_size < 4_000
    (only,) = kept(tmp_path)
    assert Recording(only).info == replace(INFO, row="")
    assert Recording(tmp_path / NEITHER[0]).answer(LARGE.request) is not None


def test_what_is_just_not_large_stays_in_the_rows_own_file(tmp_path: Path) -> None:
    room = cassette.INLINE - len(request().body)
    back(tmp_path / NEITHER[0], made(b"x" * room))
    assert not kept(tmp_path)
    back(tmp_path / NEITHER[0], made(b"x" * (room + 1)))
    assert len(kept(tmp_path)) == 1


def test_another_answer_to_the_same_large_request_is_another_file(tmp_path: Path) -> None:
    later = made(b"x" * cassette.INLINE, b"y", sent_at="2026-01-02T03:04:06+00:00")
    back(tmp_path / NEITHER[0], LARGE)
    assert fields(back(tmp_path / NEITHER[1], later)[0]) == fields(later)
    assert fields(Recording(tmp_path / NEITHER[0]).exchanges[0]) == fields(LARGE)
    assert len(kept(tmp_path)) == 2


def test_what_no_row_refers_to_any_longer_is_removed_and_nothing_else(tmp_path: Path) -> None:
    later = made(b"x" * cassette.INLINE, b"y", sent_at="2026-01-02T03:04:06+00:00")
    for exchange in (LARGE, later):
        back(tmp_path / NEITHER[0], exchange)
    mine = tmp_path / cassette.SHARED / "notes.yaml"
    mine.write_text("mine")
    assert len(kept(tmp_path)) == 3
    cassette.drop_unused(tmp_path)
    assert len(kept(tmp_path)) == 2
    assert mine.is_file()
    assert fields(Recording(tmp_path / NEITHER[0]).exchanges[0]) == fields(later)
    cassette.drop_unused(tmp_path / "nowhere")


def test_a_large_exchange_that_is_missing_is_named(tmp_path: Path) -> None:
    back(tmp_path / NEITHER[0], LARGE)
    (only,) = kept(tmp_path)
    only.unlink()
    with pytest.raises(CassetteError) as caught:
        Recording(tmp_path / NEITHER[0])
    assert str(only) in str(caught.value)
    assert "bring it back, or record the row again" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../fields.top_k", "x", "/etc/passwd", "0" * 31, "0" * 33, "A" * 32, 5, None, ["0" * 32]]
)
def test_a_reference_to_what_is_no_exchange_kept_for_rows_is_refused(tmp_path: Path, name: object) -> None:
    path = tmp_path / NEITHER[0]
    back(path, LARGE)
    told = yaml.safe_load(path.read_text())
    told["interactions"][0]["response"][cassette.SHARED] = name
    path.write_text(yaml.safe_dump(told))
    with pytest.raises(CassetteError, match="which is no exchange kept for several rows"):
        Recording(path)


def test_a_large_exchange_refers_to_no_other(tmp_path: Path) -> None:
    back(tmp_path / NEITHER[0], LARGE)
    (only,) = kept(tmp_path)
    only.write_text((tmp_path / NEITHER[0]).read_text())  # it refers to itself
    with pytest.raises(CassetteError, match="which is no exchange kept for several rows"):
        Recording(tmp_path / NEITHER[0])
