"""What the end-to-end tests share: one copy of the checkout, and one whole run on an endpoint, recorded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.running import MODEL, Ended, copy_of_the_checkout, run_in
from tests.end_to_end.servers import Asked, embedded

SEED = "5"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A whole run that was recorded, and what its endpoint was asked. The endpoint is gone."""

    ended: Ended
    url: str
    asked: Asked
    folder: Path

    @property
    def cassettes(self) -> Path:
        return self.folder / "cassettes"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which runs leave nothing behind: they name folders of their own."""
    return copy_of_the_checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def recorded(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return _whole_run(checkout, tmp_path_factory.mktemp("recorded"), "-n", "0", "-vv", "--showlocals")


@pytest.fixture(scope="session")
def spread_out(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The same run as `recorded` on an endpoint that is as fresh, by four workers."""
    return _whole_run(checkout, tmp_path_factory.mktemp("spread_out"), "-n", "4")


def _whole_run(checkout: Path, folder: Path, *options: str) -> Recorded:
    asked = Asked()
    with embedded(asked) as url:
        ended = run_in(
            checkout,
            f"--endpoint={url}",
            f"--model={MODEL}",
            f"--seed={SEED}",
            "--record",
            f"--cassettes={folder / 'cassettes'}",
            f"--reports={folder / 'reports'}",
            f"--junitxml={folder / 'reports' / 'junit.xml'}",
            "-p",
            "no:cacheprovider",
            "-p",
            "xdist",
            *options,
        )
    return Recorded(ended=ended, url=url, asked=asked, folder=folder)
