"""Reports and recordings for tests of the site: endpoints that are honest, that contradict their documents, and one
whose every word is an attack on the page that shows it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from conformance.evidence.cassette import Recording
from conformance.evidence.paths import safe_name
from conformance.expect.claims.load import Claim, Document, Provider, load_provider
from conformance.expect.profile import all_profiles
from conformance.lies import BY_ID as LIES
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path
from conformance.measure.plan import expected
from conformance.probing.row import Row
from conformance.probing.run import Run
from conformance.reference.acts import acts_for
from conformance.reference.app import create_app
from conformance.report import matrix
from conformance.report.result import costs, row_result
from conformance.rows import BY_ID, ROWS
from tests.in_process import KEY, info_of, record

ROOT = Path(__file__).parent.parent
SEED = 7

SCRIPT = "<script>window.ran = 1</script>"
MARKUP = (
    '"><img src="https://attacker.invalid/a.png" onerror="window.ran = 2"><a href="javascript:window.ran=3">press</a>'
)
TURNED = "\u202egnp.exe\u202c\u2066\u200b\x1b[31m\x07"
HOSTILE = f"{SCRIPT}{MARKUP}{TURNED}{{{{ 7*7 }}}}</pre></td><style>*{{display:none}}</style>"
HOSTILE_ROWS = (
    "headers.x_api_key",
    "fields.model",
    "fields.max_tokens",
    "fields.stream",
    "tools.name",
    "content.text.text",
    "content.image",
    "response.envelope",
    "stream.order",
    "stream.framing",
    "errors.envelope",
)
SOME = [row for row in ROWS if row.table in ("headers", "simple_fields", "stream")]

HOSTILE_VENDOR = Provider(
    name="hostile.example",
    title=f"Hostile {HOSTILE}",
    base_url="https://hostile.example",
    auth=("x-api-key",),
    api_key_env="HOSTILE_KEY",
    notes=(HOSTILE,),
    documents=(Document(id="d", title=HOSTILE, url="javascript:window.ran=4", dated="2026-01-01"),),
    claims=(
        Claim(row="fields.model", status="supported", quote=HOSTILE, document="d", section=HOSTILE, field=HOSTILE),
        Claim(row="tools.name", status="supported", quote=HOSTILE, document="d"),
    ),
)
"""The id of a document is the project's own, so that alone is no attack."""


def contradicting(folder: Path) -> None:
    """A vendor that is as its documents say, but for some rows."""
    vendor = load_provider("deepseek", known_rows=BY_ID)
    statuses: dict[str, str] = dict(vendor.statuses)
    worse = ["fields.stop_sequences", "tool_choice.any", "fields.temperature"]
    statuses |= dict.fromkeys(worse, "ignored") | {"tools.input_schema": "unsupported", "fields.top_k": "supported"}
    app = create_app(api_key=KEY, acts=acts_for(statuses), models=[model.id for model in vendor.models])
    measured(folder, app, provider=vendor.name, model=vendor.models[0].id, url=vendor.base_url, claims=vendor)


def partly(folder: Path, rows: Sequence[Row] = SOME) -> None:
    """A gateway of which some rows were measured, by the name of another organisation's model."""
    model = "org/large-1"
    acts = [LIES[lie].act for lie in ("fields.stop_sequences/unreported", "fields.system/crashed")]
    app = create_app(api_key=KEY, acts=acts, models=[model])
    url = "https://gateway.example/anthropic"
    measured(folder, app, provider="gateway.example", model=model, url=url, rows=rows)


def hostile(folder: Path) -> None:
    """An endpoint that attacks the page."""
    rows = [BY_ID[row] for row in HOSTILE_ROWS]
    measured(
        folder,
        Starlette(routes=[Route("/{rest:path}", _attack, methods=["GET", "POST"])]),
        provider=HOSTILE_VENDOR.name,
        model=f"m {HOSTILE}",
        url="https://hostile.example",
        claims=HOSTILE_VENDOR,
        rows=rows,
        below="model",
    )


async def _attack(request: Request) -> Response:
    try:
        asked = await request.json()
    except ValueError:
        asked = {}
    message = {
        "id": HOSTILE,
        "type": "message",
        "role": "assistant",
        "model": HOSTILE,
        "content": [{"type": "text", "text": HOSTILE}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 9},
    }
    if asked.get("tools"):
        error = {"type": "error", "error": {"type": "invalid_request_error", "message": HOSTILE}}
        return JSONResponse(error, status_code=400, headers={"request-id": SCRIPT})
    if "image" in json.dumps(asked):
        return Response(f"<!doctype html><body>{HOSTILE}", media_type="text/html")
    if asked.get("stream"):
        start = json.dumps({"type": "message_start", "message": message})
        return Response(
            f"event: {SCRIPT}{MARKUP}\ndata: {HOSTILE}\n\nevent: message_start\ndata: {start}\n\n",
            media_type="text/event-stream",
        )
    return JSONResponse(message, headers={"request-id": SCRIPT})


def measured(
    folder: Path,
    app: Starlette,
    *,
    provider: str,
    model: str,
    url: str,
    claims: Provider | None = None,
    rows: Sequence[Row] = ROWS,
    below: str = "",
) -> None:
    """Records an endpoint into `folder`/cassettes and writes its matrix into `folder`/reports."""
    run = Run(seed=SEED, model=model, auth="x-api-key")
    info = replace(info_of(run), provider=provider, url=url, long_prompt=False, mode="live")
    place = Path(safe_name(provider)) / (below or safe_name(model))
    cassettes = folder / "cassettes" / place
    app = Starlette(routes=[Mount(urlsplit(url).path or "/", app)])
    record(app, run, cassettes, url=url, info=info, rows=rows)
    judged = [judge(row, Recording(cassette_path(cassettes, row.id))) for row in rows]
    spent = {digest: cost for each in judged for digest, cost in costs(each).items()}
    results = [row_result(each, claims) for each in judged]
    order, planned = [row.id for row in ROWS], expected([row.id for row in rows], long_prompt=False)
    built = matrix.build(info, results, spent, order, all_profiles(BY_ID), planned=planned)
    write(folder / "reports" / place, built.as_json())


def write(folder: Path, built: Mapping[str, Any]) -> Path:
    """Writes a matrix.json."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "matrix.json"
    path.write_text(json.dumps(built, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def committed(folder: Path) -> None:
    """The recordings that are in the repository."""
    for name in ("reports", "cassettes"):
        shutil.copytree(ROOT / name / "llama.cpp" / "smollm2", folder / name / "llama.cpp" / "smollm2")
