"""`python -m tests.clients.python_sdk`: does the official Python SDK do its work on an endpoint that goes wrong
everywhere in one way? A message, a stream with its accumulator, and a refusal, over loopback."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import anthropic

from conformance.reference.transforms import Act
from tests.clients.cases import SDK, Outcomes, run
from tests.clients.serving import served

NAME = "python_sdk"
SECONDS = 30.0
SAID = "HELLO-4711"
GREETING = f"Reply with exactly: {SAID}"
MODEL = "reference-1"


def message(client: anthropic.Anthropic) -> str:
    """What is wrong with a message; empty where nothing is."""
    got = client.messages.create(model=MODEL, max_tokens=64, messages=[{"role": "user", "content": GREETING}])
    return _read(got)


def stream(client: anthropic.Anthropic) -> str:
    """What is wrong with a stream, and with the Message that it adds up to."""
    with client.messages.stream(model=MODEL, max_tokens=64, messages=[{"role": "user", "content": GREETING}]) as events:
        words = "".join(events.text_stream)
        final = events.get_final_message()
    if final.stop_reason is None:
        return "the stream ends without a stop_reason"
    said = "".join(block.text for block in final.content if block.type == "text")
    return _read(final) or ("" if words == said else f"the stream says {words!r}")


def refusal(client: anthropic.Anthropic) -> str:
    """A refusal must be raised as what its status says."""
    try:
        client.messages.create(model=MODEL, max_tokens=0, messages=[])
    except anthropic.BadRequestError:
        return ""
    return "nothing is raised"


def _read(got: anthropic.types.Message) -> str:
    words = "".join(block.text for block in got.content if block.type == "text")
    if not words.startswith(SAID):
        return f"the Message says {words!r}"
    counted = got.usage.input_tokens + got.usage.output_tokens
    if not isinstance(counted, int) or (got.type, got.role) != ("message", "assistant"):
        return "the Message is not counted, or is none"
    return ""


USES: tuple[tuple[str, Callable[[anthropic.Anthropic], str]], ...] = (
    ("message", message),
    ("stream", stream),
    ("refusal", refusal),
)


def outcomes(act: Act | None) -> Outcomes:
    """What came of each use, and what was wrong where one failed."""
    found, said = {}, []
    with served((act,) if act else ()) as endpoint, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, use in USES:
            client = anthropic.Anthropic(api_key="of-no-value", base_url=endpoint.url, max_retries=1, timeout=SECONDS)
            try:
                problem = use(client)
            except Exception as error:  # whatever the SDK raises is the outcome
                problem = f"{type(error).__name__}: {error}"
            found[name] = "fails" if problem else "works"
            if problem:
                said.append(" ".join(problem.split())[:160])
    return {**found, "said": "; ".join(said)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Sets the SDK before every case."""
    return run(NAME, "python -m tests.clients.python_sdk", SDK, outcomes, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
