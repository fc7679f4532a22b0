"""What the rows of the SDK say of an endpoint is what the installed SDK does on it over a socket."""

from __future__ import annotations

import pytest

from conformance.protocol.status import Status
from conformance.reference.app import DEFAULT_MODELS, create_app
from conformance.rows import BY_ID
from tests.clients.cases import FAILS, HONEST, SDK, cases, kept
from tests.clients.python_sdk import outcomes
from tests.in_process import KEY, verdicts
from tests.nightly import share

ROWS = {"message": "clients.sdk.message", "stream": "clients.sdk.stream"}
LINES = {line["lie"]: line for line in kept("python_sdk")}
FORMS = {form.id: form for form in cases(SDK)}


def test_every_case_is_kept() -> None:
    assert list(LINES) == [HONEST, *FORMS]
    assert FAILS not in LINES[HONEST].values()


def test_the_sdk_does_all_of_its_work_where_nothing_is_wrong() -> None:
    assert FAILS not in outcomes(None).values()


@pytest.mark.parametrize("name", share(FORMS, 8))
def test_a_row_breaks_where_the_sdk_fails_and_nowhere_else(name: str) -> None:
    app = create_app(api_key=KEY, acts=[FORMS[name].act])
    found = verdicts(app, model=DEFAULT_MODELS[0], rows=[BY_ID[row] for row in ROWS.values()])
    for use, row in ROWS.items():
        failing = found[row].status in (Status.BROKEN, Status.REJECTED, Status.UNTESTED)
        assert failing == (LINES[name][use] == FAILS), f"{row} is {found[row].status}: {found[row].note}"
