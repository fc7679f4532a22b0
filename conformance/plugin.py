"""The pytest plugin: options, measuring before the rows are judged, and the matrix at the end.

Under xdist only the controller measures, once its workers have collected; the workers judge from the cassettes that it
left. So nothing is sent twice, and `-n` changes nothing in the result.

What is slow to import (the wire, the rows, the reports) is imported where it is needed: the plugin is loaded by every
pytest of an environment that has the suite installed.
"""

from __future__ import annotations

import gc
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.option_names import renamed
from conformance.pytest_plugin import command_line

if TYPE_CHECKING:
    from conformance.evidence.recorded import Recorded
    from conformance.evidence.run_info import RunInfo
    from conformance.measure.judge import Judgement
    from conformance.measure.progress import Log
    from conformance.measure.target import Target
    from conformance.probing.row import Row
    from conformance.pytest_plugin.results import Payload, Results
    from conformance.pytest_plugin.session import Judge

ROW_FIXTURE = "judged"
PAYLOAD = pytest.StashKey["Payload"]()
RUN = pytest.StashKey["ConformanceRun"]()


class NonconformanceError(AssertionError):
    """A row that is broken, or worse than its claim or its baseline."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Where a conftest loads this plugin, all others are there already. Else the options wait for them: whichever of
    two plugins is the second to add a name ends pytest before any test."""
    if any(Path(name).name == "conftest.py" for name, _ in pluginmanager.list_name_plugin()):
        command_line.add_options(parser)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None]:
    missing = command_line.missing_extra(args)
    if missing:
        raise pytest.UsageError(missing)
    try:
        return (yield)
    finally:
        command_line.add_options(parser)


@pytest.hookimpl(wrapper=True)  # before xdist reads its options
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    if command_line.given(config, "plan"):
        config.option.numprocesses = 0  # as `-n 0` says it: nothing is judged, so there is nothing to spread
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    run = ConformanceRun(config)
    config.stash[RUN] = run
    config.pluginmanager.register(run, "conformance-run")


def pytest_unconfigure(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is not None:
        run.closing.close()


@pytest.fixture
def judged(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Judges a row from its cassette and ends the test accordingly."""

    def judge_row(row: Row) -> None:
        payload = request.config.stash[RUN].judge(row, request.node.nodeid)
        request.node.stash[PAYLOAD] = payload
        told = payload.result.as_json()
        for name in ("id", "table", "status", "deviation", "reason", "claim", "agreement", "note"):
            request.node.user_properties.append((name, told[name] or ""))
        if payload.failure:
            raise NonconformanceError(payload.failure)
        if told["status"] == "untested":
            pytest.skip(f"{told['reason']}: {told['note']}")

    return judge_row


@pytest.hookimpl(wrapper=True, trylast=True)  # the innermost: the other plugins see what this one leaves
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call" and PAYLOAD in item.stash:
        payload = item.stash[PAYLOAD]
        # A plain attribute of the report, in JSON: xdist carries it to the controller, JUnit does not print it.
        report.conformance = payload.to_json()  # type: ignore[attr-defined]
        if report.failed and payload.failure:
            report.longrepr = payload.failure
    item.config.stash[RUN].keep_quiet(report, call)
    return report


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While rows are measured and judged, the garbage collector looks less often at what stays anyway: the modules and
    what came back. It took a sixth of a run."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def row_of(item: pytest.Item) -> str | None:
    """The id of the row whose test this is; None for any other test."""
    if not isinstance(item, pytest.Function) or ROW_FIXTURE not in item.fixturenames:
        return None
    row: Any = item.callspec.params["row"]
    return str(row.id)


def rows_among(items: Iterable[pytest.Item]) -> list[str]:
    """The ids of the rows whose tests these are, in their order."""
    return [row for row in map(row_of, items) if row is not None]


class ConformanceRun:
    """One run in one process: in the main process it measures and reports, in an xdist worker it only judges."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        workerinput = getattr(config, "workerinput", None)
        self.is_worker = workerinput is not None
        self._scratch = Path(workerinput["conformance_scratch"]) if workerinput else None
        self.results: Results | None = None
        self.begun = time.time()
        self.closing = ExitStack()
        self.held: dict[str, Recorded] = {}
        self.session: pytest.Session | None = None
        self._target: Target | None = None
        self._judge: Judge | None = None
        self._log: Log | None = None

    @property
    def scratch(self) -> Path:
        """Where this run's processes meet; made when it is first needed. Raises pytest.UsageError."""
        if self._scratch is None:
            from conformance.pytest_plugin.scratch import scratch_folder

            try:
                self._scratch = self.closing.enter_context(scratch_folder())
            except OSError as error:
                place = tempfile.gettempdir()
                raise pytest.UsageError(
                    f"{place}: no temporary folder can be made ({error.strerror}); make room, or name another in TMPDIR"
                ) from error
        return self._scratch

    @property
    def target(self) -> Target:
        """The checked target. Raises pytest.UsageError for a fault of the options."""
        if self._target is None:
            from conformance.pytest_plugin.options import target_from

            target = target_from(self.config)
            self._watch_over(target)
            self._target = target
        return self._target

    def _watch_over(self, target: Target) -> None:
        """From here on nothing is printed or written that holds a secret of the run."""
        from conformance.evidence.redact import watching
        from conformance.pytest_plugin.redaction import redact_log_records, redact_terminal

        self.closing.enter_context(watching(target.secrets))
        self.closing.callback(redact_log_records(target.secrets))
        self.closing.callback(redact_terminal(self.config, target.secrets))

    def keep_quiet(self, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Takes the run's secrets out of a test's report and its error."""
        if self._target is not None:
            from conformance.pytest_plugin.redaction import redact_error, redact_report

            if call.excinfo is not None:
                redact_error(call.excinfo.value, self._target.secrets)
            redact_report(report, self._target.secrets)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """An option that is given is checked before anything is collected; from then on its secrets are kept quiet."""
        self.session = session
        if any(command_line.given(self.config, name) for name in command_line.TELLTALE_OPTIONS):
            _ = self.target

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """With --profile, the rows that it does not need are left out; with --cheap, those that need long prompts; with
        --replay, those that came after the recording."""
        if not any(command_line.given(config, name) for name in ("profile", "cheap", "replay")):
            return
        from conformance.measure.plan import figures
        from conformance.pytest_plugin.session import came_later

        profile, cheap = self.target.profile, command_line.given(config, "cheap")
        later = came_later(self.target, rows_among(items)) if self.target.replay else set()

        def is_left_out(row: str) -> bool:
            unneeded = profile is not None and row not in profile.needs
            return unneeded or row in later or (cheap and figures().needs_long_prompts(row))

        left_out = [each for each in items if (row := row_of(each)) is not None and is_left_out(row)]
        items[:] = [each for each in items if each not in left_out]
        config.hook.pytest_deselected(items=left_out)

    def pytest_report_header(self) -> list[str]:
        told = renamed() if self._target is not None else ""
        return [f"conformance: {told}"] if told else []

    def pytest_report_collectionfinish(self) -> list[str]:
        if self._target is None:
            return []
        target = self._target
        mode = (
            "replay" if target.replay else "planning" if target.plan else "recording" if target.record else "measuring"
        )
        return [f"conformance: {mode} {target.url or target.provider}, model {target.model or 'from its list'}"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if self.is_worker or self.config.option.collectonly or session.testsfailed:
            return None
        rows = rows_among(session.items)
        if command_line.given(self.config, "plan"):
            self.say_plan(rows)
            return True
        if rows:
            self.measure(rows, self.held)
        return None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["conformance_scratch"] = str(self.scratch)

    @pytest.hookimpl(tryfirst=True)  # before xdist tells its controller that this worker has collected
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """A worker says which rows there are to measure: xdist tells the controller no more than the names of tests."""
        if self.is_worker:
            from conformance.pytest_plugin.handoff import write_selection

            write_selection(self.scratch, rows_among(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """The first worker's collection says what to measure; all workers collect the same."""
        if self.results is None:
            from conformance.pytest_plugin.handoff import read_selection

            rows = read_selection(self.scratch)
            if rows:
                self.measure(rows)

    def measure(self, ids: list[str], held: dict[str, Recorded] | None = None) -> None:
        """Measures the rows with these ids, or ends the session with one diagnosis. `held` is given what came back,
        where this process judges it as well."""
        from conformance.measure.preflight import PreflightError
        from conformance.pytest_plugin.handoff import read_handoff
        from conformance.pytest_plugin.results import Results
        from conformance.pytest_plugin.session import measure_rows
        from conformance.rows import BY_ID

        rows = [BY_ID[each] for each in ids]
        self.closing.enter_context(seldom_collected())
        try:
            measure_rows(self.target, rows, self.scratch, self.tell, self.closing, held)
        except PreflightError as failure:
            self.say_why(str(failure))
            pytest.exit("no row was measured", returncode=pytest.ExitCode.INTERRUPTED)
        self.results = Results(self.target, read_handoff(self.scratch).column)

    @property
    def info(self) -> RunInfo:
        """The run whose rows are judged."""
        from conformance.pytest_plugin.handoff import read_handoff

        return read_handoff(self.scratch).info

    def say_plan(self, ids: list[str]) -> None:
        """Prints what measuring these rows would cost."""
        from conformance.measure.plan import plan
        from conformance.report.planned import plan_lines

        for line in plan_lines(plan(ids, long_prompt=self.target.long_prompt), self.target):
            self.tell(line, None)

    def say_why(self, diagnosis: str) -> None:
        """Prints why nothing can be measured, whatever the verbosity."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        from conformance.report.safe import for_terminal

        reporter.section("nothing can be measured", red=True)
        for line in diagnosis.split("\n"):
            reporter.write_line(for_terminal(line))

    def judge(self, row: Row, node: str) -> Payload:
        """What a row's test ends with."""
        from conformance.pytest_plugin.results import judged_row
        from conformance.pytest_plugin.resume import taking_over
        from conformance.pytest_plugin.session import Judge

        if self._judge is None:
            self._judge = Judge(self.scratch, self.held)
        judge = self._judge
        info = judge.handoff.info
        target = taking_over(self.target, info) if self.target.resume else self.target
        judgements: list[Judgement] = []

        def judge_and_keep(row: Row) -> Judgement:
            judgements.append(judge(row))
            return judgements[-1]

        payload = judged_row(judge_and_keep, row, target, node, info)
        if self.config.getoption("allure_report_dir", None):
            from conformance.pytest_plugin.allure_results import show

            show(row, judgements[-1], payload, info)
        return payload

    def tell(self, text: str, progress: Any) -> None:
        """Says what goes on: one line that is rewritten where a person watches, a line now and then in a log."""
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None:
            return
        from conformance.measure.progress import Log, progress_line
        from conformance.report.safe import for_terminal

        if progress is None:
            reporter.write_line(for_terminal(text))
        elif reporter.isatty:
            # Cut to the width: what has wrapped cannot be rewritten.
            reporter.rewrite(progress_line(progress)[: shutil.get_terminal_size().columns - 1], erase=True)
            if progress.finished:
                reporter.write_line("")
        else:
            self._log = self._log or Log()
            if self._log.is_due(progress):
                reporter.write_line(progress_line(progress))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        payload = getattr(report, "conformance", None)
        if payload is not None and self.results is not None:
            from conformance.pytest_plugin.results import Payload

            self.results.add(Payload.from_json(payload))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """A run that could measure nothing is never a success, although pytest counts skips as one; one that is no
        verdict ends like one that was interrupted."""
        if self.results is not None and self.results.measured_nothing and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.results is not None and not self.results.is_verdict(self.info):
            session.exitstatus = pytest.ExitCode.INTERRUPTED
        if self._target is not None and not self.is_worker:
            from conformance.pytest_plugin.redaction import remove_leaks

            for line in remove_leaks(self.config, self.begun):
                self.tell(line, None)
                session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
            if not self.config.pluginmanager.has_plugin("terminalreporter"):  # nobody asks for a summary
                from conformance.pytest_plugin.ending import Silent

                self.end(Silent(), session)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.session is not None:
            self.end(terminalreporter, self.session)

    def end(self, reporter: Any, session: pytest.Session) -> None:
        """Prints and writes what the rows came to, once they are judged."""
        if self.results is None or not self.results.payloads:
            return
        from conformance.pytest_plugin.ending import end_run

        if not end_run(self.results, self.info, self.scratch, reporter, self.config.get_verbosity()):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
