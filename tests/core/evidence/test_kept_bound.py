"""What a run keeps is bounded, whatever comes back, and what is kept is judged in a replay as it was in the run."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from conformance.evidence import cassette
from conformance.evidence.cassette import CassetteError, Recording
from conformance.evidence.redact import LeakError, Secrets, watching
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path
from conformance.probing.run import Run
from conformance.rows import ROWS
from conformance.wire.budget import MOST_KEPT, Budget, BudgetSpentError
from tests.core.evidence.test_cassette import INFO, URL, made
from tests.core.made_up import exchange, message
from tests.in_process import record

SOME = ROWS[::12]


def talkative(characters: int) -> Any:
    """An endpoint that answers every question at such a length, never twice the same."""
    asked = iter(range(10**6))

    async def app(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await receive()
        body = json.dumps(message(f"{next(asked)} " * (characters // 3))).encode()
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app


def recorded(folder: Path, characters: int, most_kept: int | None = None) -> list[str]:
    """The rows that were kept."""
    run = Run(seed=7, model="m", auth="x-api-key")
    record(
        talkative(characters),
        run,
        folder,
        url="http://in-process.invalid",
        info=replace(INFO, row=""),
        rows=SOME,
        most_kept=most_kept,
    )
    return [row.id for row in SOME if cassette_path(folder, row.id).is_file()]


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*.yaml"))


def test_an_endpoint_that_answers_at_length_fills_no_disk_and_is_judged_alike_in_a_replay(
    tmp_path: Path,
) -> None:
    kept = recorded(tmp_path, 12_000, 600_000)
    assert 0 < len(kept) < len(SOME)
    assert size_of(tmp_path) < 600_000 + len(SOME) * 2 * cassette.ROOM
    for row in SOME:
        if row.id in kept:
            judgement = judge(row, Recording(cassette_path(tmp_path, row.id)))
            assert judgement.verdict.status is judgement.recorded


def test_no_rows_own_file_is_long_and_what_it_has_no_room_for_is_kept_once(tmp_path: Path) -> None:
    kept = recorded(tmp_path, 12_000)
    assert len(kept) == len(SOME)
    assert max(path.stat().st_size for path in tmp_path.glob("*.yaml")) < 2 * cassette.ROOM
    assert list((tmp_path / cassette.SHARED).glob("*.yaml"))


BODIES = {
    "a line a byte": b"a\n" * 20_000,
    "nothing but lines": b"\n" * 20_000,
    "control characters": b"\x01" * 20_000,
    "quotes": b"\"\\'" * 7_000,
    "a tab and quotes": b"\t\"\\'\n" * 5_000,
    "no text": bytes(range(128, 256)) * 150,
    "words": b"word " * 4_000,
    "another script": "слово ".encode() * 2_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_takes_no_more_in_a_cassette_than_is_counted(name: str, tmp_path: Path) -> None:
    path = tmp_path / "row.yaml"
    cassette.save(path, INFO, URL, [made(b"")])
    bare = size_of(tmp_path)
    cassette.save(path, INFO, URL, [made(BODIES[name])])
    assert size_of(tmp_path) - bare <= made(BODIES[name]).size_kept + 2 * bare
    (kept,) = Recording(path).exchanges
    assert kept.body == BODIES[name]


def test_a_packed_body_is_searched_for_the_key_and_unpacks_no_further_than_an_answer_may_be_long(
    tmp_path: Path,
) -> None:
    path = tmp_path / "row.yaml"
    secrets = Secrets(key=SecretStr("sk-canary-0123456789"))
    with watching(secrets), pytest.raises(LeakError, match="the key stands in it"):
        cassette.save(path, INFO, URL, [made(b"long " * 20_000 + b"sk-canary-0123456789")])
    cassette.save(path, INFO, URL, [made(b" " * (cassette.LONGEST_BODY + 1))])
    with pytest.raises(CassetteError, match="a packed body is cut, or longer"):
        Recording(path)


def test_what_all_answers_take_ends_a_run_that_names_no_limit() -> None:
    answer = exchange(message("x" * 1000))
    spending = Budget(most_kept=2 * answer.size_kept)
    assert not spending.limited
    for _ in range(2):
        spending.take()
        spending.count(answer)
    spending.take()
    with pytest.raises(BudgetSpentError, match="the answers of this run came to more than 0 MB"):
        spending.count(answer)
    with pytest.raises(BudgetSpentError):
        spending.take()


def test_an_answer_that_packs_well_takes_half_of_what_is_read_of_it() -> None:
    spending = Budget(most_kept=MOST_KEPT)
    for _ in range(MOST_KEPT // 1024**2 * 2):
        spending.count(exchange(b"[" * 1024**2))
    with pytest.raises(BudgetSpentError):
        spending.count(exchange(b"[" * 1024**2))
