"""No spelling of a secret is let through, and nothing that is none is taken out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from conformance.evidence import redact
from conformance.evidence.cassette import Recording
from conformance.evidence.redact import LeakError, Secrets, is_secret, search, watching
from conformance.protocol.exchange import Request
from tests.core.made_up import block, close, delta, end, message, start
from tests.core.spelled import hits, spellings

CANARY = "sk-ant-Ab/9+x_Z0q-canary=0123456789"
FURTHER = "gateway-secret-77b0e2"
SECRETS = Secrets(key=SecretStr(CANARY), headers={"x-gateway": SecretStr(FURTHER)})
ROOT = Path(__file__).resolve().parents[3]


SPELLINGS = spellings(CANARY)


@pytest.mark.parametrize("spelled", [pytest.param(each, id=name) for name, each in SPELLINGS.items()])
def test_every_spelling_is_taken_out_and_what_stands_around_it_stays(spelled: str) -> None:
    clean = SECRETS.redact(f'{{"before": 1, "told": {spelled} "after": 2}}'.encode())
    assert clean.startswith(b'{"before": 1, "told": ')
    assert clean.endswith(b'"after": 2}')
    assert clean.count(b"<key>") == 1
    assert list(hits(clean, CANARY)) == []
    assert list(SECRETS.sighted(clean)) == []


@pytest.mark.parametrize("spelled", [pytest.param(each, id=name) for name, each in SPELLINGS.items()])
def test_every_spelling_is_found_with_its_place(spelled: str) -> None:
    ((name, begin),) = SECRETS.sighted(b"x" * 100 + b" " + spelled.encode())
    assert name == "the key"
    assert 100 < begin <= 100 + len(spelled)


@settings(deadline=None)
@given(st.lists(st.integers(1, 60), max_size=4), st.sampled_from(sorted(SPELLINGS)))
def test_a_secret_across_any_pieces_is_taken_out_and_every_piece_keeps_its_time(cuts: list[int], name: str) -> None:
    body = b"before " + SPELLINGS[name].encode() + b" after"
    places = [0, *sorted(cut for cut in set(cuts) if cut < len(body)), len(body)]
    pieces = tuple((0.25 * n, body[a:b]) for n, (a, b) in enumerate(pairwise(places)))
    clean = SECRETS.redact_chunks(pieces)
    assert [seconds for seconds, _ in clean] == [seconds for seconds, _ in pieces]
    assert b"".join(data for _, data in clean) == SECRETS.redact(body)


@pytest.mark.parametrize("size", [1, 2, 7, 20])
@pytest.mark.parametrize(("kind", "field"), [("text_delta", "text"), ("input_json_delta", "partial_json")])
def test_a_key_that_only_a_client_joins_from_deltas_is_taken_out(size: int, kind: str, field: str) -> None:
    said = f"You came with {CANARY}, I see."
    told = [said[at : at + size] for at in range(0, len(said), size)]
    events = [start(), block(0), *(delta(0, kind, **{field: each}) for each in told), close(0), end()]
    clean = SECRETS.redact_chunks(tuple((0.1 * n, event) for n, event in enumerate(events)))
    assert len(clean) == len(events)
    data = [json.loads(event.partition(b"data: ")[2]) for _, event in clean]
    joined = "".join(each["delta"][field] for each in data if each["type"] == "content_block_delta")
    assert joined == "You came with <key>, I see."
    assert [clean[n][1] for n in (0, 1, -2, -1)] == [events[n] for n in (0, 1, -2, -1)]


def test_two_secrets_that_lie_beside_each_other_are_both_taken_out() -> None:
    assert SECRETS.redact(f"{CANARY}{FURTHER} {FURTHER}".encode()) == b"<key><key> <key>"


STRANGERS = {
    "sk-0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c": b"<a key>",
    "sk-proj-a1b2c3d4e5f6g7h8i9j0_K-LmNoP": b"<a key>",
    "gsk_" + "a1B2" * 13: b"<a key>",
    "hf_" + "aB" * 17: b"<a key>",
    "AIza" + "Sy0" * 11 + "ab": b"<a key>",
    "AKIAIOSFODNN7EXAMPLE": b"<a key>",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P": b"<a key>",
    "org-a1b2c3d4e5f6a7b8c9d0e1f2": b"<an account>",
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_strangers_key_is_taken_out_by_its_shape(stranger: str) -> None:
    told = json.dumps({"error": {"message": f"upstream refused {stranger}."}}).encode()
    assert SECRETS.redact(told) == told.replace(stranger.encode(), STRANGERS[stranger])


def test_a_bearers_token_and_an_accounts_number_are_taken_out() -> None:
    told = (
        b'Authorization: Bearer abcdefghij0123456789xyz {"organization_id": "0a1b2c3d-4e5f", '
        b'"arn": "arn:aws:iam::123456789012:user/x"}'
    )
    kept = (
        b'Authorization: Bearer <a key> {"organization_id": "<an account>", "arn": "arn:aws:iam::<an account>:user/x"}'
    )
    assert SECRETS.redact(told) == kept


def test_what_the_suite_sent_itself_is_no_strangers_key() -> None:
    wrong = b"sk-wrong-BC-1234-0000000000000000"
    assert SECRETS.redact(b"no such key: " + wrong, sent=wrong) == b"no such key: " + wrong
    assert SECRETS.redact(b"no such key: " + wrong) == b"no such key: <a key>"


INNOCENT = [
    b"a task-oriented, risk-averse desk-research-and-development-programme",
    b"sk-learn-contrib-packages-and-more-words",
    b"QX-7731 lookup_k7q2 toolu_01A09q90qw90lq917835lq9 msg_01XFDUDYJgAACzvnptvVoYEL req_011CSHoEeqs5C35K2UUqR7Fy",
    b'www-authenticate: Bearer realm="api.example.com", error="invalid_token"',
    b"Bearer authentication is required for this endpoint",
    b'{"account_id": "", "organization": "Example Organisation", "user_id": "user_bc-1234"}',
    b"data:image/png;base64," + base64.b64encode(bytes(range(256)) * 40),
    b'"signature": "' + base64.urlsafe_b64encode(bytes(reversed(range(256))) * 9) + b'"',
    b'{"type": "redacted_thinking", "data": "sk-0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"}',
    b'{"type":"signature_delta","signature":"ak-0f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c"}',
    b"3141592653589793238462643383279502884197169399375105820974944592307816406286",
    b"arn:aws:bedrock:us-east-1::foundation-model/some.model-v1:0",
    b'{"container": {"id": "container_011CPR5CNjB747bTd36fQLFk", "expires_at": "2026-11-21T00:00:00Z"}}',
]


@pytest.mark.parametrize("innocent", INNOCENT)
def test_what_is_no_key_stays(innocent: bytes) -> None:
    assert SECRETS.redact(innocent) == innocent


def test_no_answer_of_a_real_server_and_nothing_that_the_suite_asks_is_taken_for_a_key() -> None:
    exchanges = [each for path in (ROOT / "cassettes").rglob("*.yaml") for each in Recording(path).exchanges]
    assert len(exchanges) > 500
    for each in exchanges:
        assert SECRETS.redact_chunks(each.chunks) == each.chunks
        assert SECRETS.redact(each.request.body) == each.request.body


@given(st.binary(max_size=200))
def test_any_bytes_without_a_secret_stay(data: bytes) -> None:
    assert SECRETS.redact(data) == data


@pytest.mark.parametrize("word", ["", "x", "none", "EMPTY", "ollama", "lm-studio", "not-needed", "dummy"])
def test_a_mere_word_is_no_secret(word: str) -> None:
    assert not is_secret(word)
    assert (
        Secrets(key=SecretStr(word)).redact(f'{{"owned_by": "{word}"}}'.encode())
        == f'{{"owned_by": "{word}"}}'.encode()
    )


@pytest.mark.parametrize("value", [CANARY, FURTHER, "hunter2", "abc123", "correct-horse-battery", "0123456789"])
def test_any_other_value_is_one(value: str) -> None:
    assert is_secret(value)


def test_an_answer_in_which_a_secret_cannot_be_located_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redact, "spans", lambda data, value: iter(()))
    assert SECRETS.redact_chunks(((0.1, b"some "), (0.2, CANARY.encode()))) == ((0.1, b"<key>"), (0.2, b""))


def test_text_for_a_terminal_keeps_what_is_no_unicode() -> None:
    assert SECRETS.redact_text(f"\ud83d {CANARY} \x1b[0m") == "\ud83d <key> \x1b[0m"
    assert SECRETS.redact_text("nothing") == "nothing"


def test_what_holds_a_secret_is_not_to_be_written_and_the_place_is_told() -> None:
    text = (
        '{"rows": [\n {"id": "fields.top_k", "note": "fine"},\n {"id": "fields.system", "note": "x ' + FURTHER + '"}]}'
    )
    with watching(SECRETS), pytest.raises(LeakError) as caught:
        search("reports/a/matrix.json", text.encode())
    said = str(caught.value)
    assert said.startswith("reports/a/matrix.json: not written, because the value of the header x-gateway stands in it")
    assert "row fields.system, line 3, column 37, " in said
    assert FURTHER not in said


def test_a_files_name_is_searched_too() -> None:
    with watching(SECRETS), pytest.raises(LeakError, match=r"reports/<key>/matrix.json: .* \(its name\)"):
        search(f"reports/{SPELLINGS['percent, lower case']}/matrix.json", b"{}")


def test_outside_of_a_run_nothing_is_searched() -> None:
    with watching(SECRETS):
        pass
    search("file", CANARY.encode())


def test_a_public_header_is_no_secret() -> None:
    secrets = Secrets(
        key=SecretStr(CANARY), headers={"x-model": SecretStr("model-0815")}, public=frozenset({"x-model"})
    )
    assert secrets.redact(b"model-0815") == b"model-0815"


def test_a_secret_is_not_shown_by_what_holds_it() -> None:
    request: Callable[..., Request] = Request
    for shown in (repr(SECRETS), str(SECRETS), f"{SECRETS!r}", repr([request(headers={}), SECRETS, message()])):
        assert list(SECRETS.sighted(shown.encode())) == []
