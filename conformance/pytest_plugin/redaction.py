"""Keeps the run's secrets out of what pytest and its other plugins show and write.

Nothing of the suite's own puts a secret there. But pytest shows the locals of any frame that fails, and a fault inside
the wire has the key in its frames; the HTTP library logs the headers of what came back; other plugins write files of
their own. So every line for the terminal, every record of a log and every test's report pass through here, and those
files are searched when they are there.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from conformance.evidence.redact import Secrets, leaks


def redact_terminal(config: pytest.Config, secrets: Secrets) -> Callable[[], None]:
    """Takes the secrets out of everything that is printed from now on; gives what undoes that."""
    if not config.pluginmanager.has_plugin("terminalreporter"):  # nothing is printed: a worker, or -p no:terminal
        return lambda: None
    writer = config.get_terminal_writer()
    write = writer.write

    def redacted(msg: str, *args: Any, **how: Any) -> None:
        write(secrets.redact_text(msg), *args, **how)

    writer.write = redacted  # type: ignore[method-assign]

    def undo() -> None:
        writer.write = write  # type: ignore[method-assign]

    return undo


def redact_log_records(secrets: Secrets) -> Callable[[], None]:
    """Takes the secrets out of everything that is logged from now on, whoever logs it and wherever it is written: at
    level DEBUG the HTTP library tells the headers of each answer. Gives what undoes that."""
    make = logging.getLogRecordFactory()
    format_error = logging.Formatter().formatException

    def redacted(*args: Any, **how: Any) -> logging.LogRecord:
        record = make(*args, **how)
        with suppress(Exception):  # a message that does not fit its arguments is told when it is written
            said = record.getMessage()
            clean = secrets.redact_text(said)
            if clean != said:
                record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[0] is not None:
            told = format_error(record.exc_info)
            clean = secrets.redact_text(told)
            if clean != told:
                record.exc_info, record.exc_text = None, clean
        if record.stack_info:
            record.stack_info = secrets.redact_text(record.stack_info)
        return record

    logging.setLogRecordFactory(redacted)
    return lambda: logging.setLogRecordFactory(make)


def redact_error(error: BaseException, secrets: Secrets) -> None:
    """Takes the secrets out of an error's words: Allure asks the error itself, whatever the report says."""
    with suppress(Exception):  # an error of somebody else's may not let itself be changed
        clean = tuple(secrets.redact_text(each) if isinstance(each, str) else each for each in error.args)
        if clean != error.args:
            error.args = clean


def redact_report(report: pytest.TestReport, secrets: Secrets) -> None:
    """Takes the secrets out of a test's report, before JUnit, Allure or xdist see it."""
    if report.longrepr is not None:
        shown = report.longreprtext
        clean = secrets.redact_text(shown)
        if clean != shown:
            skip = report.longrepr if isinstance(report.longrepr, tuple) else None
            report.longrepr = (skip[0], skip[1], secrets.redact_text(skip[2])) if skip else clean
    report.sections = [(name, secrets.redact_text(text)) for name, text in report.sections]
    report.user_properties = [
        (name, secrets.redact_text(value) if isinstance(value, str) else value)
        for name, value in report.user_properties
    ]


def remove_leaks(config: pytest.Config, begun: float) -> Iterator[str]:
    """Searches what other plugins wrote since the run has begun (seconds since 1970). A file that holds a secret is
    removed; gives a line for each."""
    for path in _written_by_others(config):
        with suppress(OSError):
            if path.stat().st_mtime >= begun - 1:
                for shown, why in leaks(path, path.read_bytes()):
                    path.unlink()
                    yield f"{shown}: removed again, because {why}"
                    break


def _written_by_others(config: pytest.Config) -> Iterator[Path]:
    junit = getattr(config.option, "xmlpath", None)
    if junit:
        yield Path(junit)
    logging_plugin = config.pluginmanager.get_plugin("logging-plugin")
    if logging_plugin is not None:
        yield Path(logging_plugin.log_file_handler.baseFilename)
    allure = getattr(config.option, "allure_report_dir", None)
    if allure:
        yield from (each for each in Path(allure).glob("*") if each.is_file())
