"""Lists of models, and one model."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.protocol.exchange import Exchange, Request
from conformance.protocol.status import Deviation
from conformance.rows import PROBES
from conformance.rows.endpoints.models import judge_list, missing_of_model, no_list, no_model
from tests.core.made_up import RUN, drive, exchange, message, refusal


def model(name: str = "made-up-1", **fields: Any) -> dict[str, Any]:
    whole = {"type": "model", "id": name, "display_name": "Made Up", "created_at": "2026-01-01T00:00:00Z", **fields}
    return {key: value for key, value in whole.items() if value is not None}


def page(*models: Any, **fields: Any) -> dict[str, Any]:
    ends = {"first_id": models[0]["id"], "last_id": models[-1]["id"]} if models else {"first_id": None, "last_id": None}
    whole = {"data": list(models), "has_more": False, **ends, **fields}
    return {key: value for key, value in whole.items() if value != "left out"}


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, {"data": ["m"]}, {"data": [{}]}, {"data": [{"id": 5}]}, {"models": []}]
)
def test_what_is_no_list_of_models(body: dict[str, Any]) -> None:
    assert no_list(body) != ""


@pytest.mark.parametrize("body", [{"data": []}, {"data": [{"id": "m"}]}])
def test_a_list_of_models_by_its_ids(body: dict[str, Any]) -> None:
    assert no_list(body) == ""


def test_one_model_has_an_id() -> None:
    assert no_model({"id": "m"}) == ""
    assert no_model(page(model())) == no_model({"id": ""}) == "JSON that is no model (no id)"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        (model(), ""),
        (model(created_at=None), "created_at"),
        (model(created_at=1767225600), "created_at"),
        (model(type=None, display_name=""), "type and no display_name"),
        (model(type="llm"), "type model (it is 'llm')"),
    ],
)
def test_what_a_model_lacks(given: dict[str, Any], missing: str) -> None:
    assert missing_of_model(given) == missing


@pytest.mark.parametrize(
    ("body", "deviation", "note"),
    [
        (page(model(), model("made-up-2")), None, ""),
        (page(), Deviation.IMPLAUSIBLE, "the list is empty, although there is a model"),
        (page(model(), model("b", type=None)), Deviation.INCOMPLETE, "a model has no type"),
        (page(model(), has_more="left out"), Deviation.INCOMPLETE, "the list has no has_more"),
        (page(model(), has_more=None), Deviation.INCOMPLETE, "has_more is None"),
        (page(model(), last_id="b"), Deviation.INCOMPLETE, "first_id and last_id are not those of the list"),
        (
            {"object": "list", "data": [{"id": "m", "object": "model"}]},
            Deviation.INCOMPLETE,
            "in OpenAI's shape: a model has no type and no display_name and no created_at; "
            "the list has no has_more and no first_id and no last_id",
        ),
    ],
)
def test_the_shape_of_a_list(body: dict[str, Any], deviation: Deviation | None, note: str) -> None:
    finding = judge_list(body)
    assert (finding.deviation, finding.note) == (deviation, note)


def test_one_model_alone_has_no_pages_to_tell() -> None:
    verdict, roles = drive(
        PROBES["endpoints.models"](RUN), lambda role, _: exchange(page(model()) if "list" in role else message())
    )
    assert (verdict.status.value, verdict.note) == ("supported", "one model, so that pages cannot be told")
    assert "a page of one model" not in roles


def retrieved(listed: Exchange, known: str, names: list[str] | None = None) -> tuple[str, str]:
    """The verdict where only one name is known, and the paths of the models asked for."""
    paths: list[str] = []

    def reply(role: str, asked: Request) -> Exchange:
        if role == "the list of models":
            return listed
        if not asked.path.startswith("/v1/models/"):
            return exchange(message()) if asked.path == "/v1/messages" else refusal("no path", 404, "not_found_error")
        paths.append(asked.path)
        same = asked.path == f"/v1/models/{known}"
        return exchange(model()) if same else refusal("no model", 404, "not_found_error")

    verdict, _ = drive(PROBES["endpoints.models.retrieve"](RUN), reply)
    return verdict.status.value, paths[0]


def test_the_model_of_the_run_is_asked_for_where_it_is_listed_or_nothing_is() -> None:
    own = ("supported", "/v1/models/made-up-1")
    assert retrieved(exchange(page(model("other"), model())), "made-up-1") == own
    assert retrieved(refusal("no", 404), "made-up-1") == own


def test_a_listed_model_is_asked_for_where_the_runs_own_is_an_alias() -> None:
    assert retrieved(exchange(page(model("maker/other"))), "maker%2Fother") == ("supported", "/v1/models/maker%2Fother")


def test_a_listed_model_that_is_not_known_by_itself_is_rejected() -> None:
    assert retrieved(exchange(page(model())), "another") == ("rejected", "/v1/models/made-up-1")
