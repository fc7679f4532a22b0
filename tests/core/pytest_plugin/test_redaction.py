"""The nets under everything that is shown or written: each is shown to hold a secret that falls into it."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest._io import TerminalWriter
from pydantic import SecretStr

from conformance.evidence import cassette
from conformance.evidence.journal import Journal
from conformance.evidence.redact import LeakError, Secrets, watching
from conformance.measure.measure import RequestCache, measure
from conformance.pytest_plugin.redaction import (
    redact_error,
    redact_log_records,
    redact_report,
    redact_terminal,
    remove_leaks,
)
from conformance.rows import BY_ID
from tests.core.evidence.test_cassette import INFO, URL, made
from tests.core.made_up import RUN, exchange, message

CANARY = "sk-canary-0123456789"
SECRETS = Secrets(key=SecretStr(CANARY))


def test_no_file_is_written_with_a_secret_in_it_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "fields.top_k.yaml"
    cassette.save(path, INFO, URL, [made(b"old")])
    before = path.read_bytes()
    with watching(SECRETS), pytest.raises(LeakError) as caught:
        cassette.save(path, INFO, URL, [made(f'{{"told": "{CANARY}"}}'.encode())])
    assert str(caught.value).startswith(f"{path}: not written, because the key stands in it (line ")
    assert CANARY not in str(caught.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_line_of_a_journal_is_written_with_a_secret_in_it(tmp_path: Path) -> None:
    journal = Journal.begin(tmp_path / "j", INFO, [], record=False)
    with watching(SECRETS), pytest.raises(LeakError, match="j: not written, because the key stands in it"):
        journal.keep(made(CANARY.encode()))
    journal.close()
    assert CANARY.encode() not in (tmp_path / "j").read_bytes()


def test_a_measurement_that_would_write_a_secret_ends_with_that(tmp_path: Path) -> None:
    """It is no row's fault, so it must not be taken for one that the row's own test will meet again."""

    async def send(request: object) -> Any:
        return exchange(message(CANARY), asked=request)  # type: ignore[arg-type]

    rows = [BY_ID["fields.max_tokens"]]
    with watching(SECRETS), pytest.raises(LeakError, match=r"fields\.max_tokens\.yaml"):
        asyncio.run(measure(rows, RUN, RequestCache(send), folder=tmp_path, info=INFO, url="http://x.invalid"))
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_printed_with_a_secret_in_it() -> None:
    shown = io.StringIO()
    writer = TerminalWriter(shown)
    manager = SimpleNamespace(has_plugin=lambda name: True)
    config: Any = SimpleNamespace(get_terminal_writer=lambda: writer, pluginmanager=manager)
    undo = redact_terminal(config, SECRETS)
    writer.line(f"key = '{CANARY}'", red=True)
    writer.write(f"{CANARY}\n", flush=True)
    assert shown.getvalue() == "key = '<key>'\n<key>\n"
    undo()
    writer.write(CANARY)
    assert shown.getvalue().endswith(CANARY)


def report(**fields: Any) -> pytest.TestReport:
    given: dict[str, Any] = {
        "nodeid": "a",
        "location": ("a", 1, "a"),
        "keywords": {},
        "outcome": "failed",
        "longrepr": None,
        "when": "call",
    }
    return pytest.TestReport(**{**given, **fields})


def test_a_report_is_cleaned_in_every_part() -> None:
    told = report(
        longrepr=f"E  {CANARY}",
        sections=[("Captured stdout call", f"said {CANARY}")],
        user_properties=[("note", CANARY), ("number", 5)],
    )
    redact_report(told, SECRETS)
    assert told.longrepr == "E  <key>"
    assert told.sections == [("Captured stdout call", "said <key>")]
    assert told.user_properties == [("note", "<key>"), ("number", 5)]


def test_a_skip_stays_one() -> None:
    told = report(outcome="skipped", longrepr=("file", 3, f"Skipped: {CANARY}"))
    redact_report(told, SECRETS)
    assert told.longrepr == ("file", 3, "Skipped: <key>")


def test_a_report_without_a_secret_keeps_its_form() -> None:
    longrepr: Any = SimpleNamespace(toterminal=lambda writer: writer.line("fine"))
    told = report(longrepr=longrepr)
    redact_report(told, SECRETS)
    assert told.longrepr is longrepr


def test_nothing_is_logged_with_a_secret_in_it_whoever_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("some.library")
    undo = redact_log_records(SECRETS)
    try:
        with caplog.at_level(logging.DEBUG):
            logger.debug("headers %r", [(b"request-id", CANARY.encode())])
            logger.debug("fine %s", "so far")
            try:
                raise ValueError(f"not with {CANARY}")
            except ValueError:
                logger.exception("failed", stack_info=True)
    finally:
        undo()
    written = [logging.Formatter().format(record) for record in caplog.records]
    assert written[:2] == ["headers [(b'request-id', b'<key>')]", "fine so far"]
    assert "ValueError: not with <key>" in written[2]
    assert CANARY not in "".join(written)
    assert logging.getLogRecordFactory() is logging.LogRecord


def test_an_errors_own_words_are_cleaned() -> None:
    error = ValueError(f"bad {CANARY}", 5)
    redact_error(error, SECRETS)
    assert error.args == ("bad <key>", 5)


def test_a_file_of_another_plugin_that_holds_a_secret_is_removed_and_told(tmp_path: Path) -> None:
    junit, allure = tmp_path / "junit.xml", tmp_path / "allure"
    allure.mkdir()
    junit.write_text(f"<a>\n<b c='{CANARY}'/>", encoding="utf-8")
    for name, text in {"good": "fine", "bad": CANARY, "old": CANARY}.items():
        (allure / name).write_text(text, encoding="utf-8")
    begun = time.time()
    os.utime(allure / "old", (begun - 100, begun - 100))
    log = tmp_path / "run.log"
    log.write_text(f"DEBUG {CANARY}", encoding="utf-8")
    logging_plugin = SimpleNamespace(log_file_handler=SimpleNamespace(baseFilename=str(log)))
    config: Any = SimpleNamespace(
        option=SimpleNamespace(xmlpath=str(junit), allure_report_dir=str(allure)),
        pluginmanager=SimpleNamespace(get_plugin=lambda name: logging_plugin),
    )
    with watching(SECRETS):
        told = list(remove_leaks(config, begun))
    assert sorted(told) == [
        f"{allure / 'bad'}: removed again, because the key stands in it (line 1, column 1, byte 0)",
        f"{junit}: removed again, because the key stands in it (line 2, column 7, byte 10)",
        f"{log}: removed again, because the key stands in it (line 1, column 7, byte 6)",
    ]
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"good", "old"}
