"""What is kept in a journal comes back byte for byte, whatever its end looks like, and nothing else stands in it."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from conformance.evidence import journal
from conformance.evidence.journal import Journal, JournalContents, JournalError, read_journal, stands
from conformance.evidence.run_info import RunInfo
from conformance.measure.measure import RequestCache
from conformance.protocol.answer import Outcome, read_answer
from conformance.protocol.exchange import KEY as PLACEHOLDER
from conformance.protocol.exchange import Exchange, Request
from conformance.wire.client import Secrets, Wire
from tests.core.evidence.test_cassette import EXCHANGES, fields, made
from tests.core.loopback import KEY, QUICK, says, serving
from tests.core.made_up import exchange, frame, message, refusal, request

ANSWER = json.dumps(message()).encode()
INFO = RunInfo(
    provider="acme",
    url="http://x.invalid",
    model="m",
    seed=7,
    auth="x-api-key",
    anthropic_version="2023-06-01",
    long_prompt=False,
)


@contextmanager
def begun(path: Path) -> Iterator[Journal]:
    written = Journal.begin(path, INFO, ["fields.top_k"], record=True)
    yield written
    written.close()


def back(path: Path, *exchanges: Exchange) -> JournalContents:
    with begun(path) as written:
        for each in exchanges:
            written.keep(each)
    return read_journal(path)


@pytest.mark.parametrize("kept", [pytest.param(each, id=name) for name, each in EXCHANGES.items()])
def test_an_exchange_comes_back_as_it_was(kept: Exchange, tmp_path: Path) -> None:
    (found,) = back(tmp_path / "j", kept).exchanges
    assert fields(found) == fields(kept)
    assert found.request.identity == kept.request.identity


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12), max_size=4))
def test_any_bytes_come_back(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    (found,) = back(tmp_path_factory.getbasetemp() / "any", made(*pieces)).exchanges
    assert [data for _, data in found.chunks] == pieces


def test_a_question_about_a_further_header_comes_back_as_the_same_question(tmp_path: Path) -> None:
    asked = Request(headers={"x-api-key": PLACEHOLDER, "x-odd": "1", "user-agent": "me"}, about=("x-odd",), beside="ab")
    (found,) = back(tmp_path / "j", made(b"{}", asked=asked)).exchanges
    assert found.request.identity == asked.identity
    assert "user-agent" not in found.request.headers


def test_the_facts_of_the_run_come_first_and_the_exchanges_in_order(tmp_path: Path) -> None:
    asked = [made(b"{}", asked=request(number=number)) for number in range(5)]
    kept = back(tmp_path / "j", *asked)
    assert (kept.info, kept.rows, kept.record) == (INFO, ("fields.top_k",), True)
    assert [each.request for each in kept.exchanges] == [each.request for each in asked]


def test_an_exchange_is_in_the_file_as_soon_as_it_is_kept(tmp_path: Path) -> None:
    with begun(tmp_path / "j") as written:
        for number in range(3):
            written.keep(made(b"{}", asked=request(number=number)))
            assert len(read_journal(tmp_path / "j").exchanges) == number + 1


def test_every_exchange_is_brought_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    with begun(tmp_path / "j") as written:
        monkeypatch.setattr(os, "fsync", lambda file: synced.append((tmp_path / "j").stat().st_size))
        written.keep(made(b"{}"))
    assert synced[-1:] == [(tmp_path / "j").stat().st_size]


@pytest.mark.parametrize("cut", [1, 2, 40])
def test_a_torn_last_line_counts_as_not_there_and_is_written_anew(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "j"
    first, second, third = (made(ANSWER, asked=request(number=number)) for number in range(3))
    back(path, first, second)
    path.write_bytes(path.read_bytes()[:-cut])
    torn = read_journal(path)
    assert [each.request for each in torn.exchanges] == [first.request]
    going_on = Journal.go_on(torn)
    going_on.keep(third)
    going_on.close()
    assert [each.request for each in read_journal(path).exchanges] == [first.request, third.request]


@pytest.mark.parametrize("end", [b"\x00" * 4096, b"\x00\n\x00\n", b'{"method":', b"[]\n", b'{"a":1}\n', b"\xff\xfe\n"])
def test_what_a_power_cut_may_leave_at_the_end_does_no_harm(end: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    before = back(path, made(b"{}"))
    path.write_bytes(path.read_bytes() + end)
    torn = read_journal(path)
    assert (len(torn.exchanges), torn.whole) == (1, before.whole)


@pytest.mark.parametrize("text", [b"", b"\n", b"{", b"[]\n", b'{"format":2}\n', b"\x00\x00"])
def test_a_file_that_is_no_journal_is_told_with_the_fix(text: bytes, tmp_path: Path) -> None:
    path = tmp_path / "j"
    path.write_bytes(text)
    with pytest.raises(JournalError, match="delete it and measure without --resume") as told:
        read_journal(path)
    assert str(path) in str(told.value)


def test_a_full_disk_is_told_and_leaves_what_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "j"
    write = os.write
    with begun(path) as written:
        written.keep(made(b"first"))
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:20]))
        with pytest.raises(JournalError, match=r"No space left on device.*--resume"):
            written.keep(made(b"second"))
    assert [each.body for each in read_journal(path).exchanges] == [b"first"]


def test_a_journal_that_is_not_gone_on_with_is_set_aside_until_the_next_run_has_ended(tmp_path: Path) -> None:
    path = tmp_path / "j"
    back(path, made(b"old"))
    with begun(path) as in_vain:
        in_vain.give_up()
    assert [each.body for each in read_journal(path).exchanges] == [b"old"]
    back(path, made(b"new"))
    assert [each.body for each in read_journal(path).exchanges] == [b"new"]
    journal.remove(path)
    assert list(tmp_path.iterdir()) == []


LOCKED = refusal("no", 401, "authentication_error")
OVERLOADED = frame("error", error={"type": "overloaded_error", "message": "later"})
WRONG_KEY = request().with_headers(x_api_key="made-up")


@pytest.mark.parametrize(
    ("told", "again"),
    [
        pytest.param(exchange(message()), False, id="an answer"),
        pytest.param(refusal(), False, id="a refusal"),
        pytest.param(refusal("oops", 500), False, id="a crash"),
        pytest.param(exchange(b"<html>"), False, id="a page"),
        pytest.param(exchange(b"", None, failure="timeout: not done in 120 s"), False, id="a hang"),
        pytest.param(refusal("later", 429), True, id="429"),
        pytest.param(refusal("later", 503), True, id="503"),
        pytest.param(refusal("later", 529), True, id="529"),
        pytest.param(
            exchange(OVERLOADED, headers={"content-type": "text/event-stream"}), True, id="overloaded in a stream"
        ),
        pytest.param(exchange(b"", None, failure="connect: refused"), True, id="no connection"),
        pytest.param(exchange(b"", None, failure="cut: ReadError: gone"), True, id="cut before an answer"),
        pytest.param(exchange(b'{"id', failure="cut: ReadError: gone"), True, id="cut in an answer"),
        pytest.param(LOCKED, True, id="the run's key refused"),
        pytest.param(refusal("no", 403), False, id="403"),
        pytest.param(exchange(LOCKED.json, 401, asked=WRONG_KEY), False, id="a wrong key refused"),
        pytest.param(
            exchange(LOCKED.json, 401, asked=request().with_headers(authorization="Bearer x")),
            False,
            id="the run's key refused beside a wrong one",
        ),
    ],
)
def test_what_tells_of_a_moment_alone_is_asked_again(told: Exchange, again: bool) -> None:
    assert stands(told, "x-api-key") is not again


def test_of_a_question_that_was_asked_again_the_answer_stands(tmp_path: Path) -> None:
    kept = back(tmp_path / "j", refusal("later", 429), made(ANSWER))
    assert [each.status for each in kept.standing.values()] == [200]
    assert back(tmp_path / "j", refusal("later", 429)).standing == {}


def test_no_key_that_an_endpoint_echoes_is_written(tmp_path: Path) -> None:
    further = "a-further-secret"
    echo = json.dumps(message(f"you came with {KEY} and {further}")).encode()

    async def ask() -> Exchange:
        secrets = Secrets(key=SecretStr(KEY), headers={"x-team": SecretStr(further)})
        async with serving(says(echo, 200, request_id=KEY)) as server, Wire(server.url, secrets, QUICK) as wire:
            with begun(tmp_path / "j") as written:
                found = await RequestCache(wire.send, keep=written.keep)(request())
        assert server.header("x-api-key") == KEY
        return found

    found = asyncio.run(ask())
    assert read_answer(found).outcome is Outcome.ANSWERED
    text = (tmp_path / "j").read_text()
    assert KEY not in text
    assert further not in text
    assert text.count(PLACEHOLDER) == 4


def test_what_is_known_is_not_sent_and_what_is_not_is_kept() -> None:
    sent: list[Request] = []
    kept: list[Exchange] = []
    known, unknown = request(a=1), request(a=2)

    async def send(asked: Request) -> Exchange:
        sent.append(asked)
        return made(b"new", asked=asked, waits=2)

    async def ask_all() -> tuple[RequestCache, list[Any]]:
        ask = RequestCache(send, known={known.identity: made(b"old", asked=known)}, keep=kept.append)
        return ask, [(await ask(each)).body for each in (known, unknown, unknown, known)]

    ask, bodies = asyncio.run(ask_all())
    assert bodies == [b"old", b"new", b"new", b"old"]
    assert sent == [unknown]
    assert [each.body for each in kept] == [b"new"]
    assert ask.progress.requests == 3
