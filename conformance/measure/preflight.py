"""Before any row: one bare message. When it is not answered, one diagnosis that a person can act on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from conformance.measure.measure import Send, drive_live
from conformance.option_names import AUTHS, PROXIES
from conformance.probing import calibrate
from conformance.probing.model_list import model_ids, models_request
from conformance.probing.room import Room, shows_nothing
from conformance.probing.run import Run, auth_headers
from conformance.probing.verdict import Verdict
from conformance.protocol.answer import Outcome, describe_error, error_message, read_answer
from conformance.protocol.exchange import Exchange, Request


class PreflightError(Exception):
    """Nothing can be measured; the text says what happened, where, and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointAddress:
    """How the endpoint was named on the command line: what a diagnosis must speak of. `hint` is what may help where no
    connection comes about, `proxy` the one that the way to the endpoint goes through."""

    url: str
    key_variable: str
    hint: str = ""
    proxy: str = ""


SendElsewhere = Callable[[str, Request], Awaitable[Exchange]]
"""Sends a request to another base address on the same host."""


async def find_model(run: Run, ask: Send, elsewhere: SendElsewhere | None, address: EndpointAddress) -> str:
    """The first model that /v1/models lists, for a run that names none. Raises PreflightError."""
    exchange = await ask(models_request(run))
    listed = model_ids(exchange)
    if listed:
        return listed[0]
    if exchange.status is None or exchange.is_html or exchange.status in (401, 403, 407):
        raise PreflightError(await diagnose(exchange, run, ask, elsewhere, address))
    nearby = await _answers_elsewhere(exchange, elsewhere, address) if exchange.status == 404 else ""
    raise PreflightError(
        nearby
        or f"No --model was given, and {address.url}/v1/models lists none ({describe_error(exchange)}).\n"
        "Name the model to measure: --model=NAME"
    )


async def check(
    run: Run, ask: Send, elsewhere: SendElsewhere | None, address: EndpointAddress, room: Room | None = None
) -> Run:
    """Asks for a bare message in the forms that `calibrate.negotiate_dialect` knows, and gives the run in the one that
    is answered. Raises PreflightError."""
    log: list[Exchange] = []
    settled = await drive_live(calibrate.negotiate_dialect(run), ask, log, room=room)
    if isinstance(settled, Verdict):
        raise PreflightError(await diagnose(log[0], run, ask, elsewhere, address))
    return settled


async def diagnose(
    exchange: Exchange, run: Run, ask: Send, elsewhere: SendElsewhere | None, address: EndpointAddress
) -> str:
    """What stopped the bare message, in a few lines; asks a few questions more where they narrow it down."""
    answer = read_answer(exchange)
    target = f"{address.url}{exchange.request.path}"
    if address.proxy and (answer.outcome is Outcome.UNREACHABLE or exchange.status == 407):
        return (
            f"The proxy of {address.proxy} does not let requests through to {address.url}: "
            f"{exchange.failure or describe_error(exchange)}\n"
            "Nothing is known of the endpoint itself. Mend the proxy, or leave "
            f"--{PROXIES} out."
        )
    if answer.outcome is Outcome.UNREACHABLE:
        hint = f"\n{address.hint}" if address.hint else ""
        return f"{explain_connection(exchange.failure or '', address.url)}\n({exchange.failure}){hint}"
    if exchange.failure is not None and exchange.failure.startswith("timeout"):
        return (
            f"{target} took the request and gave no whole answer ({exchange.failure}).\n"
            "Raise --answer-timeout, or check the server."
        )
    if exchange.is_html:
        return (
            f"{target} answers with a web page (HTTP {exchange.status}), not with an API.\n"
            "Is --endpoint the address that ANTHROPIC_BASE_URL takes, rather than a site or a console?"
        )
    if answer.outcome is Outcome.LOCKED or exchange.status == 403:
        return await _explain_key(exchange, run, ask, address)
    if names_the_model(exchange, run.model):
        return await _explain_model(exchange, run, ask)
    if exchange.status in (404, 405):
        nearby = await _answers_elsewhere(exchange, elsewhere, address)
        if nearby:
            return nearby
        if not is_openai_shaped(exchange):
            return (
                f"There is nothing at {target} ({describe_error(exchange)}).\n"
                "--endpoint takes what ANTHROPIC_BASE_URL takes: without /v1/messages."
            )
    if is_openai_shaped(exchange):
        return (
            f"{target} speaks OpenAI's protocol: {describe_error(exchange)}\n"
            "Vendors often serve the Messages API under another path: look for the address that they give for "
            "ANTHROPIC_BASE_URL."
        )
    if exchange.status == 429:
        return (
            f"{target} is over its rate limit ({describe_error(exchange)}).\nWait, or lower --rate and --concurrency."
        )
    if shows_nothing(exchange):
        return (
            f"{target} cuts its answer to a bare message before a word of it, whatever max_tokens is.\n"
            "Does this model think longer than the endpoint lets it answer? Measure it with a higher limit there."
        )
    return f"{target} does not answer a bare message: {answer.problem or 'its answer has no text'}"


def explain_connection(failure: str, url: str) -> str:
    """Names the kind of a failed connection from the words that the system gave for it."""
    words = failure.lower()
    if "certificate" in words or "ssl" in words or "tls" in words:
        return (
            f"No secure connection to {url}: its certificate or TLS is not accepted here (https where http is meant?)."
        )
    if "name or service" in words or "nodename" in words or "resolution" in words or "getaddrinfo" in words:
        return f"The host of {url} is not known: check the spelling of --endpoint."
    if "no connection in" in words:
        tls = ", or https where http is meant" if url.startswith("https:") else ""
        return f"{url} does not take the connection: a wrong port, or a firewall{tls}."
    if "unsupported protocol" in words or "missing an" in words:
        return f"{url} is no http or https address."
    return f"Nothing listens at {url} (connection refused): is the server running, and is the port right?"


async def _explain_key(exchange: Exchange, run: Run, ask: Send, address: EndpointAddress) -> str:
    other = next(auth for auth in AUTHS if auth != run.auth)
    in_other = exchange.request.with_headers(x_api_key=None, authorization=None)
    carried = {name.replace("-", "_"): value for name, value in auth_headers(other).items()}
    retried = await ask(in_other.with_headers(**carried))
    said = describe_error(exchange)
    if retried.status == 200:
        return (
            f"The key is refused in {run.auth} ({said}), but taken in the other header.\nRun again with --auth={other}"
        )
    return (
        f"The key in ${address.key_variable} is refused, in x-api-key and as a bearer alike ({said}).\n"
        "Is it this provider's key, and whole?"
    )


def names_the_model(exchange: Exchange, model: str) -> bool:
    """Is a refusal about the model's name?"""
    if exchange.status not in (400, 403, 404, 422):
        return False
    words = error_message(exchange)
    return model in words or ("model" in words.lower() and exchange.status == 404 and bool(exchange.json))


async def _explain_model(exchange: Exchange, run: Run, ask: Send) -> str:
    listed = model_ids(await ask(models_request(run)))
    known = f"It lists: {', '.join(listed[:20])}{' …' if len(listed) > 20 else ''}" if listed else "It lists no models."
    return f"The model {run.model!r} is refused: {describe_error(exchange)}\n{known}\nName one with --model=NAME"


async def _answers_elsewhere(exchange: Exchange, elsewhere: SendElsewhere | None, address: EndpointAddress) -> str:
    """Which address on the same host would have answered what was not found; empty where none does."""
    if elsewhere is None:
        return ""
    path = exchange.request.path
    nothing = f"There is nothing at {address.url}{path} ({describe_error(exchange)}), but"
    for base in likely_bases(address.url):
        tried = await elsewhere(base, exchange.request)
        if tried.status not in (None, 404, 405):
            return f"{nothing} {base}{path} answers.\nRun with --endpoint={base}"
    bare = path.removeprefix("/v1")
    tried = await elsewhere(address.url, replace(exchange.request, path=bare))
    if tried.status not in (None, 404, 405):
        return (
            f"{nothing} {address.url}{bare} answers:\n"
            "the path is served without /v1, where the official clients cannot reach it."
        )
    return ""


def likely_bases(url: str) -> list[str]:
    """The addresses that may be meant when /v1/messages under this one is not found."""
    bases = []
    for tail in ("/v1/messages", "/messages", "/v1"):
        if url.endswith(tail):
            bases.append(url.removesuffix(tail))
            break
    stem = bases[0] if bases else url
    return [*bases, f"{stem}/anthropic"]


def is_openai_shaped(exchange: Exchange) -> bool:
    """Answers and errors of the chat completions protocol."""
    body = exchange.json
    if not isinstance(body, dict):
        return False
    error = body.get("error")
    shaped_error = isinstance(error, dict) and body.get("type") != "error" and ("param" in error or "code" in error)
    return "choices" in body or shaped_error
