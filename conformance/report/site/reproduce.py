"""The commands by which a reader sees a finding for himself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from conformance.measure.target import EMBEDDED, Target
from conformance.option_names import DEFAULT_CASSETTES, DEFAULT_KEY_VARIABLE, DEFAULT_REPORTS
from conformance.protocol.exchange import Exchange
from conformance.report.curl import curl_line, needs_file
from conformance.report.matrix_row import MatrixRow
from conformance.report.rerun import SERVE_BY_HAND, SERVED_BY_HAND, rerun_line
from conformance.report.site.columns import Column
from conformance.wire.client import Limits, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Lines for a POSIX shell. `curl` is None where the request is not at hand; `body` is what it sends where that is
    too long for a line, and lies in `body_file`. `before` starts what is asked; None for an endpoint that is there."""

    curl: str | None
    pytest: str
    replay: str
    key_variable: str
    before: str | None = None
    body: str | None = None
    body_file: str = ""


def commands(column: Column, row: MatrixRow, exchange: Exchange | None) -> Commands:
    """The commands for one measured row; `exchange` is the decisive one where it is at hand."""
    assert column.matrix is not None
    endpoint, seed = column.matrix.endpoint, column.matrix.run.seed
    claims = column.claims
    target = Target(
        provider=endpoint.provider,
        url="" if endpoint.provider == EMBEDDED else endpoint.url,
        model=endpoint.model,
        auth=endpoint.auth,
        key_variable=claims.api_key_env if claims else DEFAULT_KEY_VARIABLE,
        secrets=Secrets(key=SecretStr("")),
        limits=Limits(),
        anthropic_version=endpoint.anthropic_version,
        long_prompt=False,
        seed=seed,
        record=False,
        replay=False,
        plan=False,
        cassettes=Path(DEFAULT_CASSETTES),
        reports=Path(DEFAULT_REPORTS),
        claims=claims,
        given_provider=endpoint.provider if claims else None,
    )
    rerun = rerun_line(target, f"conformance/test_rows.py::test_{row.table}[{row.id}]", seed)
    body_file = f"{row.id}.request.json"
    long = exchange is not None and needs_file(exchange.request)
    address = SERVED_BY_HAND if target.embedded else target.url
    curl = (
        curl_line(exchange.request, address, target.key_variable, None, body_file if long else None)
        if exchange
        else None
    )
    return Commands(
        curl=curl,
        pytest=rerun,
        replay=f"{rerun} --replay",
        key_variable=target.key_variable,
        before=SERVE_BY_HAND if target.embedded and exchange else None,
        body=exchange.request.body.decode("utf-8", "replace") if exchange and long else None,
        body_file=body_file,
    )
