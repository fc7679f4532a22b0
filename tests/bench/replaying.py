"""What a run, a collection and a replay of the whole table cost in CPU, and how replays and reports grow with the
providers."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from conformance.evidence.cassette import Recording
from conformance.measure.judge import judge
from conformance.measure.measure import cassette_path
from conformance.report import markdown, matrix
from conformance.report.matrix_record import Matrix
from conformance.rows import ROWS
from tests.bench import echoing
from tests.bench.served import served
from tests.end_to_end.running import KEY_VARIABLE, ROOT, environment, only_json
from tests.in_process import KEY

PROVIDERS = 50
BYTECODE = Path(tempfile.gettempdir()) / "conformance-bench-bytecode"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")


def cpu_of(*options: str, folder: Path = ROOT, variables: Mapping[str, str] = MappingProxyType({})) -> float:
    """The seconds of CPU that a pytest takes, from start to end. A nonzero end is no fault: rows may fail."""
    return _cpu([*PYTEST, *options], folder, variables)


def cpu_of_python(code: str) -> float:
    """The seconds of CPU that a line of Python takes beyond an empty one."""
    return _cpu([sys.executable, "-c", code], ROOT) - _cpu([sys.executable, "-c", ""], ROOT)


def _cpu(command: Sequence[str], folder: Path, variables: Mapping[str, str] = MappingProxyType({})) -> float:
    # As Python is by default: what was compiled once is not compiled again.
    kept = environment(PYTHONPYCACHEPREFIX=str(BYTECODE), **variables)
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command,
        cwd=folder,
        env=kept,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def record(folder: Path) -> None:
    """Records the whole table of the embedded endpoint below a folder."""
    cpu_of("--record", "--seed=7", f"--cassettes={folder / 'cassettes'}", f"--reports={folder / 'reports'}")


def replay(folder: Path) -> float:
    """The CPU of replaying what was recorded below a folder."""
    return cpu_of("--replay", f"--cassettes={folder / 'cassettes'}", f"--reports={folder / 'replayed'}")


def own_start(folder: Path) -> float:
    """The CPU of a pytest with one empty test and without the suite."""
    empty = folder / "empty"
    empty.mkdir(exist_ok=True)
    (empty / "test_empty.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    return cpu_of(folder=empty)


def run(folder: Path) -> float:
    """The CPU of measuring the whole table of the embedded endpoint, which is in the same process."""
    return cpu_of("--seed=7", f"--reports={folder / 'run'}")


def run_of_another(folder: Path) -> float:
    """The CPU of measuring the whole table of an endpoint in another process, without that of importing the SDK."""
    with served() as (url, _):
        asked = (f"--endpoint={url}", "--seed=7", f"--reports={folder / 'other'}")
        return cpu_of(*asked, variables={KEY_VARIABLE: KEY}) - cpu_of_python("import anthropic")


def collect(_folder: Path) -> float:
    """The CPU of collecting all rows."""
    return cpu_of("--collect-only")


def replay_of_echoes(folder: Path) -> float:
    """The CPU of replaying the column of an endpoint that echoes its prompt."""
    given = (f"--endpoint={echoing.URL}", f"--model={echoing.RUN.model}", f"--cassettes={folder / 'echoes'}")
    if not (folder / "echoes").exists():
        echoing.record_column(folder / "echoes")
    return cpu_of("--replay", *given, f"--reports={folder / 'echoed'}")


def beyond_own_start(folder: Path, times: int, taken: Callable[[Path], float] = replay) -> float:
    """The median CPU of a pytest beyond what it takes by itself, the two taking turns after a first that is not
    counted."""
    taken(folder)
    return statistics.median(taken(folder) - own_start(folder) for _ in range(times))


def rendering_growth(folder: Path) -> float:
    """How much longer each of PROVIDERS matrices takes to be rendered than one by itself."""
    whole = Matrix.from_json(only_json(folder / "reports"))
    every = [_named(whole, number) for number in range(PROVIDERS)]
    one = statistics.median(_seconds(lambda: _render([whole])) for _ in range(5))
    return _seconds(lambda: _render(every)) / PROVIDERS / one


def judging_growth(folder: Path) -> float:
    """How much longer each of PROVIDERS cassette folders takes to be judged in one process than the first few."""
    (cassettes,) = (folder / "cassettes").glob("*/*")
    taken = [_seconds(lambda: _judge(cassettes)) for _ in range(PROVIDERS)][1:]  # the first imports the SDK
    return statistics.mean(taken) / statistics.median(taken[:5])


def replay_growth(folder: Path, times: int) -> float:
    """How much more CPU the replay of one provider takes where PROVIDERS others lie beside it."""
    with _crowd(folder) as crowd:
        ratios = [replay(crowd) / replay(folder) for _ in range(times)]
    return statistics.median(ratios)


@contextmanager
def _crowd(folder: Path) -> Iterator[Path]:
    crowd = folder / "crowd"
    for kind in ("cassettes", "reports"):
        for number in range(PROVIDERS):
            shutil.copytree(folder / kind, crowd / kind / f"provider-{number}", copy_function=os.link)
        shutil.copytree(folder / kind, crowd / kind, copy_function=os.link, dirs_exist_ok=True)
    try:
        yield crowd
    finally:
        shutil.rmtree(crowd)


def _named(whole: Matrix, number: int) -> Matrix:
    return replace(whole, endpoint=replace(whole.endpoint, provider=f"provider-{number}"))


def _render(matrices: Sequence[Matrix]) -> None:
    for each in matrices:
        matrix.dump(each)
        markdown.page(each)


def _judge(cassettes: Path) -> None:
    for row in ROWS:
        judge(row, Recording(cassette_path(cassettes, row.id)))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
