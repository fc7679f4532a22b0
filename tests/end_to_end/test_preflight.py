"""What stops a run before its first row is told once, in words that a person can act on, and leaves no matrix."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from tests.end_to_end.running import KEY_VARIABLE, MODEL, Ended, at_once, files_below, run_in
from tests.end_to_end.servers import Asked, always, embedded

REFUSED = "http://127.0.0.1:1"
OF_THE_MODEL = f"--model={MODEL}"
AT_ONCE = 60
"""Seconds: workers have taken 18 to start on a busy machine; what waits would wait 90 (after a 429) or 120."""


async def without_v1(request: Request, body: bytes) -> Response | None:
    """Serves what the endpoint has under /v1 without it, and nothing under /v1."""
    path = request.scope["path"]
    request.scope["path"] = path.removeprefix("/v1") if path.startswith("/v1") else f"/v1{path}"
    return None


async def bearer_only(request: Request, body: bytes) -> Response | None:
    if "authorization" in request.headers:
        return None
    error = {"type": "authentication_error", "message": "Missing bearer token"}
    return JSONResponse({"type": "error", "error": error}, status_code=401)


async def page(request: Request) -> Response:
    return HTMLResponse("<!DOCTYPE html><title>Console</title><p>Sign in")


async def chat_completion(request: Request) -> Response:
    choice = {"index": 0, "message": {"role": "assistant", "content": "OK"}, "finish_reason": "stop"}
    return JSONResponse({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice]})


async def openai_not_found(request: Request) -> Response:
    error = {"message": f"Invalid URL (POST {request.url.path})", "type": "invalid_request_error", "param": None}
    return JSONResponse({"error": {**error, "code": None}}, status_code=404)


async def too_many(request: Request) -> Response:
    error = {"type": "rate_limit_error", "message": "slow down"}
    return JSONResponse({"type": "error", "error": error}, status_code=429, headers={"retry-after": "90"})


async def failing(request: Request) -> Response:
    return Response("upstream failed", status_code=502)


async def no_models(request: Request, body: bytes) -> Response | None:
    return JSONResponse({"data": []}) if request.url.path == "/v1/models" else None


@contextmanager
def silent(asked: Asked) -> Iterator[str]:
    async def never(request: Request) -> Response:
        await asked(request, await request.body())
        while not await request.is_disconnected():
            await asyncio.sleep(0.05)
        return Response()

    with always(never) as url:
        yield url


@contextmanager
def redirecting(elsewhere: str) -> Iterator[str]:
    async def redirect(request: Request) -> Response:
        return RedirectResponse(f"{elsewhere}{request.url.path}", status_code=307)

    with always(redirect) as url:
        yield url


class Diagnosed(dict[str, Ended]):
    """The runs by name, with what the servers were and what the folders hold afterwards."""

    urls: dict[str, str]
    left: dict[str, dict[str, bytes]]
    asked_behind_the_redirect: Asked
    asked_in_vain: Asked


@pytest.fixture(scope="module")
def diagnosed(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Diagnosed:
    folder = tmp_path_factory.mktemp("preflight")
    behind, in_vain = Asked(), Asked()
    with ExitStack() as servers:
        good = servers.enter_context(embedded())
        urls = {
            "good": good,
            "without_v1": servers.enter_context(embedded(without_v1)),
            "bearer_only": servers.enter_context(embedded(bearer_only)),
            "no_models": servers.enter_context(embedded(no_models)),
            "page": servers.enter_context(always(page)),
            "chat": servers.enter_context(always(chat_completion)),
            "openai_404": servers.enter_context(always(openai_not_found)),
            "too_many": servers.enter_context(always(too_many)),
            "silent": servers.enter_context(silent(in_vain)),
            "failing": servers.enter_context(always(failing)),
            "redirect": servers.enter_context(redirecting(servers.enter_context(embedded(behind)))),
        }

        def run(name: str, url: str, *options: str, **variables: str | None) -> Callable[[], Ended]:
            folders = (f"--reports={folder / name}", f"--cassettes={folder / name}", "--record")
            few = ("-p", "no:cacheprovider", "-k", "tool_choice")
            return lambda: run_in(checkout, f"--endpoint={url}", *options, *folders, *few, **variables)

        runs = {
            "refused": run("refused", REFUSED),
            "refused with workers": run("refused with workers", REFUSED, OF_THE_MODEL, "-p", "xdist", "-n", "2"),
            "tls": run("tls", good.replace("http://", "https://"), OF_THE_MODEL),
            "v1 doubled": run("v1 doubled", f"{good}/v1", OF_THE_MODEL),
            "whole path": run("whole path", f"{good}/v1/messages", OF_THE_MODEL),
            "without v1": run("without v1", urls["without_v1"], OF_THE_MODEL),
            "wrong key": run("wrong key", good, OF_THE_MODEL, **{KEY_VARIABLE: "a-wrong-key-000"}),
            "wrong key, no model": run("wrong key, no model", good, **{KEY_VARIABLE: "a-wrong-key-000"}),
            "other header": run("other header", urls["bearer_only"], OF_THE_MODEL),
            "unknown model": run("unknown model", good, "--model=no-such-model-1"),
            "no model listed": run("no model listed", urls["no_models"]),
            "page": run("page", urls["page"], OF_THE_MODEL),
            "page, no model": run("page, no model", urls["page"]),
            "chat": run("chat", urls["chat"], OF_THE_MODEL),
            "openai 404": run("openai 404", urls["openai_404"], OF_THE_MODEL),
            "429": run("429", urls["too_many"], OF_THE_MODEL, "--patience=0"),
            "silent": run("silent", urls["silent"], OF_THE_MODEL, "--answer-timeout=1"),
            "failing": run("failing", urls["failing"], OF_THE_MODEL),
            "redirect": run("redirect", urls["redirect"], OF_THE_MODEL),
        }
        found = Diagnosed(at_once(runs))
    found.urls = urls
    found.left = {name: files_below(folder / name) for name in runs}
    found.asked_behind_the_redirect = behind
    found.asked_in_vain = in_vain
    return found


def test_every_run_ends_with_one_diagnosis_and_an_exit_code_that_is_not_0(diagnosed: Diagnosed) -> None:
    for name, ended in diagnosed.items():
        assert ended.code not in (0, 1), (name, ended.out)
        assert ended.out.count("nothing can be measured") == 1, (name, ended.out)
        assert "Traceback" not in ended.out, (name, ended.out)
        assert "INTERNALERROR" not in ended.out, (name, ended.out)


def test_no_run_leaves_a_file(diagnosed: Diagnosed) -> None:
    assert {name: list(files) for name, files in diagnosed.left.items() if files} == {}


def test_a_refused_connection_is_told_at_once(diagnosed: Diagnosed) -> None:
    ended = diagnosed["refused"]
    assert f"Nothing listens at {REFUSED}" in ended.out
    assert "is the port right?" in ended.out
    assert ended.seconds < AT_ONCE


def test_workers_do_not_repeat_the_diagnosis(diagnosed: Diagnosed) -> None:
    ended = diagnosed["refused with workers"]
    assert ended.out.count(f"Nothing listens at {REFUSED}") == 1
    assert ended.seconds < AT_ONCE


def test_https_on_a_plain_http_port_is_told_as_tls(diagnosed: Diagnosed) -> None:
    assert "https where http is meant?" in diagnosed["tls"].out


@pytest.mark.parametrize("name", ["v1 doubled", "whole path"])
def test_a_base_that_holds_the_path_already_names_the_right_one(diagnosed: Diagnosed, name: str) -> None:
    assert f"Run with --endpoint={diagnosed.urls['good']}\n" in diagnosed[name].out.replace(" !", "")


def test_a_path_served_without_v1_is_told(diagnosed: Diagnosed) -> None:
    ended = diagnosed["without v1"]
    assert f"{diagnosed.urls['without_v1']}/messages answers" in ended.out
    assert "without /v1" in ended.out


@pytest.mark.parametrize("name", ["wrong key", "wrong key, no model"])
def test_a_wrong_key_names_its_variable_with_or_without_a_model(diagnosed: Diagnosed, name: str) -> None:
    ended = diagnosed[name]
    assert f"The key in ${KEY_VARIABLE} is refused" in ended.out
    assert "a-wrong-key-000" not in ended.out


def test_a_key_that_the_other_header_takes_names_the_option(diagnosed: Diagnosed) -> None:
    assert "Run again with --auth=bearer" in diagnosed["other header"].out


def test_an_unknown_model_is_told_with_the_models_that_there_are(diagnosed: Diagnosed) -> None:
    ended = diagnosed["unknown model"]
    assert "The model 'no-such-model-1' is refused" in ended.out
    assert "It lists: reference-1, reference-1-mini" in ended.out
    assert "--model=NAME" in ended.out


def test_a_list_without_models_asks_for_one(diagnosed: Diagnosed) -> None:
    ended = diagnosed["no model listed"]
    assert f"{diagnosed.urls['no_models']}/v1/models lists none" in ended.out
    assert "--model=NAME" in ended.out


@pytest.mark.parametrize("name", ["page", "page, no model"])
def test_a_web_page_is_told_with_or_without_a_model(diagnosed: Diagnosed, name: str) -> None:
    assert "answers with a web page (HTTP 200), not with an API" in diagnosed[name].out


@pytest.mark.parametrize("name", ["chat", "openai 404"])
def test_an_openai_shaped_answer_is_told_as_such(diagnosed: Diagnosed, name: str) -> None:
    ended = diagnosed[name]
    assert "speaks OpenAI's protocol" in ended.out
    assert "ANTHROPIC_BASE_URL" in ended.out


def test_a_rate_limit_that_nothing_waits_out_is_told_at_once(diagnosed: Diagnosed) -> None:
    ended = diagnosed["429"]
    assert "is over its rate limit (HTTP 429: slow down)" in ended.out
    assert "--rate" in ended.out
    assert ended.seconds < AT_ONCE


def test_a_server_that_never_answers_is_told_in_bounded_time(diagnosed: Diagnosed) -> None:
    ended = diagnosed["silent"]
    assert "gave no whole answer (timeout: not done in 1" in ended.out
    assert "--answer-timeout" in ended.out
    assert ended.seconds < AT_ONCE


def test_a_server_that_never_answers_is_not_asked_in_every_form(diagnosed: Diagnosed) -> None:
    """With the usual 120 seconds, each form is two minutes more of silence: a stream may be worth them, no other."""
    assert 1 <= len(diagnosed.asked_in_vain.requests) <= 2


def test_a_server_error_is_told_with_its_status(diagnosed: Diagnosed) -> None:
    ended = diagnosed["failing"]
    assert "does not answer a bare message" in ended.out
    assert "502" in ended.out


def test_a_redirect_is_told_and_the_key_does_not_follow_it(diagnosed: Diagnosed) -> None:
    assert "307" in diagnosed["redirect"].out
    assert diagnosed.asked_behind_the_redirect.requests == []


def test_without_a_key_the_variable_to_set_is_named(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, f"--endpoint={REFUSED}", f"--reports={tmp_path}", **{KEY_VARIABLE: None})
    assert ended.code == 4
    (line,) = ended.errors
    assert f"set the environment variable {KEY_VARIABLE}" in line
    assert files_below(tmp_path) == {}


def test_without_a_key_the_variable_of_the_provider_is_named(checkout: Path, tmp_path: Path) -> None:
    ended = run_in(checkout, "--provider=deepseek", f"--reports={tmp_path}", **{KEY_VARIABLE: None})
    assert ended.code == 4
    (line,) = ended.errors
    assert "set the environment variable DEEPSEEK_API_KEY" in line
