"""Answers in another encoding than UTF-8: most clients cannot read them, and that is said once, by the row that owns
the bytes. What the suite can read all the same is judged as it is."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from starlette.applications import Starlette
from starlette.types import Message, Receive, Scope, Send

from conformance.probing.verdict import Verdict
from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from tests.in_process import KEY, verdicts


def encoded(app: Starlette, encoding: str, *, refusals: bool) -> Starlette:
    """The endpoint, with the JSON of its answers, or of its refusals, in another encoding."""

    async def changed(scope: Scope, receive: Receive, send: Send) -> None:
        head: Message = {}
        body = b""

        async def send_encoded(sent: Message) -> None:
            nonlocal head, body
            if sent["type"] == "http.response.start":
                head = {**sent, "headers": [each for each in sent["headers"] if each[0] != b"content-length"]}
                kinds = [value for name, value in head["headers"] if name == b"content-type"]
                if kinds != [b"application/json"] or (head["status"] >= 400) is not refusals:
                    head = {}
                    await send(sent)
            elif not head:
                await send(sent)
            else:
                body += sent.get("body", b"")
                if not sent.get("more_body"):
                    await send(head)
                    await send({**sent, "body": body.decode().encode(encoding)})

        await app(scope, receive, send_encoded)

    return changed  # type: ignore[return-value]


def moved(before: Mapping[str, Verdict], after: Mapping[str, Verdict]) -> dict[str, tuple[Status, str]]:
    return {row: (after[row].status, after[row].note) for row in before if before[row].status is not after[row].status}


@pytest.fixture(scope="module")
def honest() -> Mapping[str, Verdict]:
    return verdicts(create_app(api_key=KEY), model=DEFAULT_MODELS[0], everywhere=True)


@pytest.mark.parametrize(
    ("encoding", "refusals", "row", "told"),
    [
        ("utf-16", False, "response.envelope", "its JSON is in UTF-16, where RFC 8259 has UTF-8 alone"),
        ("utf-8-sig", True, "errors.envelope", "a byte order mark stands before its JSON, which RFC 8259 forbids"),
    ],
)
def test_another_encoding_is_one_fault_of_one_row(
    honest: Mapping[str, Verdict], encoding: str, refusals: bool, row: str, told: str
) -> None:
    app = encoded(create_app(api_key=KEY), encoding, refusals=refusals)
    found = moved(honest, verdicts(app, model=DEFAULT_MODELS[0], everywhere=True))
    assert list(found) == [row]
    status, note = found[row]
    assert status is Status.BROKEN
    assert told in note
