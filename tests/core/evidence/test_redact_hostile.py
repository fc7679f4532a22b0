"""What an endpoint chooses to send costs the search for secrets no more than its length, and honest answers stay."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping

import pytest
from pydantic import SecretStr

from conformance.evidence.redact import MOST_PLACES, Secrets
from conformance.protocol.strict_json import parse
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import ROWS
from tests.core.spelled import hits, spellings
from tests.in_process import KEY, logs

CANARY = "sk-ant-Ab/9+x_Z0q-canary=0123456789"
SECRETS = Secrets(key=SecretStr(CANARY))

HOSTILE: Mapping[str, Callable[[int], bytes]] = {
    "backslashes": lambda n: b"\\" * n,
    "percent signs": lambda n: b"%25" * (n // 3),
    "one percent sign": lambda n: b"%" + b"25" * (n // 2),
    "entities": lambda n: b"&#0" * (n // 3),
    "an entity of zeros": lambda n: b"&#" + b"0" * n,
    "many names": lambda n: b"".join(b'"%d":"a",' % number for number in range(n // 12)),
    "one name": lambda n: b'"a":"b",' * (n // 8),
    "a text without end": lambda n: b'"a":"' + b"x" * n,
    "a text of escapes": lambda n: b'"a":"' + b"\\n" * (n // 2),
    "quotes": lambda n: b'"' * n,
    "white space": lambda n: b'"a"' + b" " * n,
    "starts of keys": lambda n: b"sk-" * (n // 3),
    "words that start like keys": lambda n: (b"sk-" + b"a" * 1000 + b" ") * (n // 1004),
    "bearers": lambda n: b"bearer " * (n // 7),
    "halves of tokens": lambda n: b"eyJaaaaaaaa." * (n // 12),
    "heads of private keys": lambda n: b"-----BEGIN PRIVATE KEY-----" * (n // 27),
    "first letters": lambda n: b"s" * n,
    "base64 with breaks": lambda n: (b"c2st" + b"\n" * 20) * (n // 24),
    "the key again and again": lambda n: CANARY.encode() * (n // len(CANARY)),
    "the key, a letter a text": lambda n: b"".join(b'"a":"%c",' % byte for byte in CANARY.encode() * (n // 8 // 35)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_sixteen_times_the_bytes_cost_no_square_of_it(name: str) -> None:
    """By the processor's clock, which a busy machine does not move much: a square would be 256 times."""

    def cost(size: int) -> float:
        body = HOSTILE[name](size) + CANARY.encode()
        chunks = tuple((0.1, body[at : at + 64]) for at in range(0, len(body), 64))
        begun = time.process_time()
        clean = SECRETS.redact_chunks(chunks)
        spent = time.process_time() - begun
        assert list(hits(b"".join(data for _, data in clean), CANARY)) == []
        assert len(clean) == len(chunks)
        return spent

    few = min(cost(50_000) for _ in range(3))
    assert min(cost(800_000) for _ in range(2)) < 80 * few + 0.1


def test_an_answer_of_nothing_but_secrets_is_not_kept() -> None:
    assert SECRETS.redact(CANARY.encode() * MOST_PLACES) == b"<key>"


LONG = "sk-" + "".join(f"{number * 7919 % 99991:05}-Az/+" for number in range(450))
"""As long as some tokens are that hold who they are for."""


@pytest.mark.parametrize("spelled", [pytest.param(each, id=name) for name, each in spellings(LONG).items()])
def test_a_key_of_four_thousand_characters_is_taken_out_whole_in_a_blink(spelled: str) -> None:
    secrets = Secrets(key=SecretStr(LONG))
    begun = time.process_time()
    clean = secrets.redact(f'{{"before": 1, "told": {spelled} "after": 2}}'.encode())
    assert time.process_time() - begun < 1
    assert (clean[:22], clean.count(b"<key>"), clean[-11:]) == (b'{"before": 1, "told": ', 1, b'"after": 2}')
    assert list(hits(clean, LONG)) == []


def test_a_long_key_that_comes_in_part_takes_nothing_with_it_and_one_without_its_beginning_all() -> None:
    secrets = Secrets(key=SecretStr(LONG))
    assert secrets.redact(LONG[:500].encode()) == LONG[:500].encode()
    assert secrets.redact(f"{LONG[:60]} and {LONG}".encode()) == b"<key>"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32"])
def test_a_key_in_a_wider_encoding_is_taken_out_and_the_text_stays_what_it_is(encoding: str) -> None:
    told = json.dumps({"before": 1, "told": CANARY, "after": "é"}, ensure_ascii=False).encode(encoding)
    clean = SECRETS.redact(told)
    assert parse(clean) == {"before": 1, "told": "<key>", "after": "é"}


@pytest.mark.parametrize("auth", ["x-api-key", "bearer"])
def test_no_answer_of_the_embedded_endpoint_is_touched(auth: str) -> None:
    """It has every form of answer that official documents tell of: ids, signatures, seals, pictures, citations."""
    asked = logs(create_app(api_key=KEY), model=DEFAULT_MODELS[0], seed=7, auth=auth)
    exchanges = [each for log in asked.values() for each in log]
    assert len(asked) == len(ROWS)
    for each in exchanges:
        for word in (b"<key>", b"<a key>", b"<an account>"):
            assert word not in each.body
            assert not any(word.decode() in value for value in each.headers.values())
