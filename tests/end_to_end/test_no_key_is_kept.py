"""The key, and the value of a further header, are nowhere but on the wire: not in a file, not in the terminal."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.end_to_end.conftest import Recorded
from tests.end_to_end.running import KEY, MODEL, Ended, files_below, run_in
from tests.end_to_end.servers import always

GATEWAY_SECRET = "gateway-secret-77b0e2"


async def echo(request: Request) -> Response:
    """Says every secret that it was sent: in words, in an error, in a header, in a stream that cuts it in two."""
    told = " ".join(request.headers.get(name, "") for name in ("x-api-key", "authorization", "x-gateway"))
    body = await request.body()
    asked = json.loads(body) if body else {}
    headers = {"request-id": told.strip(), "x-request-id": told.strip(), "set-cookie": f"session={told.strip()}"}
    if not isinstance(asked, dict) or "system" in asked:
        error = {"type": "error", "error": {"type": "authentication_error", "message": f"not with {told}"}}
        return JSONResponse(error, status_code=400, headers=headers)
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": asked.get("model"),
        "content": [{"type": "text", "text": f"OK. You came with {told}."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 4},
    }
    if asked.get("stream"):
        return StreamingResponse(_cut_in_two(f"event: ping\ndata: {told}\n\n"), media_type="text/event-stream")
    return JSONResponse(message, headers=headers)


async def _cut_in_two(text: str) -> AsyncIterator[bytes]:
    half = text.index(KEY) + len(KEY) // 2
    yield text[:half].encode()
    yield text[half:].encode()


@pytest.fixture(scope="module")
def echoed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ended, Path]:
    folder = tmp_path_factory.mktemp("echoed")
    with always(echo) as url:
        ended = run_in(
            checkout,
            *(f"--endpoint={url}", f"--model={MODEL}", "--record", "--header=x-gateway=GATEWAY", "--patience=0"),
            *(f"--cassettes={folder / 'cassettes'}", f"--reports={folder / 'reports'}"),
            f"--junitxml={folder / 'junit.xml'}",
            *(f"--log-file={folder / 'run.log'}", "--log-file-level=DEBUG"),
            *("-vv", "--showlocals", "-rA", "-p", "no:cacheprovider", "-k", "headers or simple_fields or errors"),
            GATEWAY=GATEWAY_SECRET,
        )
    return ended, folder


def holders(files: Mapping[str, bytes], *secrets: str) -> list[str]:
    """The files that hold a secret in their bytes or their names."""
    return [name for name, data in files.items() for secret in secrets if secret.encode() in data or secret in name]


def test_the_endpoint_was_asked_with_the_key(recorded: Recorded) -> None:
    with_key = [request for request in recorded.asked.requests if f"x-api-key: {KEY}" in request]
    assert len(with_key) > len(recorded.asked.requests) / 2


def test_no_cassette_or_report_holds_the_key(recorded: Recorded) -> None:
    files = files_below(recorded.folder)
    assert any(name.endswith("junit.xml") for name in files)
    assert holders(files, KEY) == []


def test_the_terminal_does_not_show_the_key_even_with_locals(recorded: Recorded) -> None:
    assert KEY not in recorded.ended.out


def test_the_echoing_endpoint_was_measured(echoed: tuple[Ended, Path]) -> None:
    ended, folder = echoed
    assert "written: " in ended.out, ended.out
    assert ended.code in (0, 1)
    assert b"You came with" in b"".join(files_below(folder / "cassettes").values())


def test_what_an_endpoint_echoes_of_its_secrets_is_kept_nowhere(echoed: tuple[Ended, Path]) -> None:
    _, folder = echoed
    assert holders(files_below(folder), KEY, GATEWAY_SECRET) == []


def test_what_an_endpoint_echoes_of_its_secrets_is_not_shown(echoed: tuple[Ended, Path]) -> None:
    ended, _ = echoed
    assert KEY not in ended.out
    assert GATEWAY_SECRET not in ended.out


def test_a_diagnosis_does_not_show_a_key_that_the_endpoint_echoes(checkout: Path, tmp_path: Path) -> None:
    async def refuse(request: Request) -> Response:
        told = request.headers.get("x-api-key") or request.headers.get("authorization")
        error = {"type": "error", "error": {"type": "authentication_error", "message": f"no such key: {told}"}}
        return JSONResponse(error, status_code=401)

    with always(refuse) as url:
        ended = run_in(checkout, f"--endpoint={url}", f"--model={MODEL}", f"--reports={tmp_path}", "-vv", "-l")
    assert ended.code == 2
    assert "no such key" in ended.out
    assert KEY not in ended.out


def test_with_the_embedded_endpoint_no_key_of_the_environment_is_sent_or_shown(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, "--record", f"--cassettes={tmp_path}", f"--reports={tmp_path}", "-k", "headers", "-vv")
    assert ended.code == 0, ended.out
    assert KEY not in ended.out
    assert holders(files_below(tmp_path), KEY) == []
