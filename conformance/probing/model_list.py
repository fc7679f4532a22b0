"""The list of models that an endpoint serves: how it is asked for, and the names in it."""

from __future__ import annotations

from conformance.probing.endpoints import bodiless
from conformance.probing.run import Run
from conformance.protocol.exchange import Exchange, Request, one_line


def models_request(run: Run) -> Request:
    return bodiless(run, "/v1/models")


def model_ids(exchange: Exchange) -> list[str]:
    """The ids of a list of models, official or OpenAI-shaped, as far as they are names; empty where there is none."""
    body = exchange.json
    data = body.get("data") if isinstance(body, dict) and exchange.status == 200 else None
    entries = data if isinstance(data, list) else []
    named = [each.get("id") for each in entries if isinstance(each, dict)]
    return [name for name in named if isinstance(name, str) and is_a_name(name)]


LONGEST_NAME = 200


def is_a_name(text: str) -> bool:
    """May a listed id be taken for a model's name? It will stand in requests, titles and the names of files."""
    return text == one_line(text, LONGEST_NAME) and bool(text)
