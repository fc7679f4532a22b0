"""A real browser and three sites for it, served on loopback: one that is as it should be, one that attacks, and the one
that is published."""

from __future__ import annotations

import functools
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from conformance.report.site.build import main as build
from conformance.report.site.build import write
from conformance.report.site.columns import Column, columns, known_vendors
from conformance.report.site.pages import pages, site_of
from tests import site_material
from tests.published import CASSETTES, REPORTS

FLAGS = (
    "--no-sandbox",  # Chromium refuses to run as root otherwise
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


@dataclass(frozen=True, kw_only=True)
class Built:
    """A site on disk and where it is served."""

    folder: Path
    url: str
    columns: list[Column]

    @property
    def files(self) -> list[str]:
        return [str(path.relative_to(self.folder)) for path in sorted(self.folder.rglob("*.html"))]


@dataclass(kw_only=True)
class Seen:
    """What a page asked for and complained of."""

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the browser is. Without one the tests are skipped, but never in CI."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        why = "no Chromium is installed: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return found


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def _served(folder: Path) -> ThreadingHTTPServer:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture(scope="session")
def sites(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Built]]:
    """The sites, built before the browser starts, whose event loop lets no other run beside it."""
    made, servers = {}, []
    for name, sources, vendors in (
        ("fair", (site_material.committed, site_material.partly, site_material.contradicting), ()),
        ("hostile", (site_material.hostile,), (site_material.HOSTILE_VENDOR,)),
    ):
        folder = tmp_path_factory.mktemp(name)
        for source in sources:
            source(folder)
        found = columns(folder / "reports", folder / "cassettes", [*known_vendors(), *vendors])
        write(folder / "site", pages(site_of(found, "https://example.com/suite", "cassettes")))
        servers.append(_served(folder / "site"))
        made[name] = Built(folder=folder / "site", url=f"http://127.0.0.1:{servers[-1].server_port}", columns=found)
    folder = tmp_path_factory.mktemp("published")
    assert build([str(REPORTS), "--cassettes", str(CASSETTES), "--out", str(folder)]) == 0
    servers.append(_served(folder))
    made["published"] = Built(folder=folder, url=f"http://127.0.0.1:{servers[-1].server_port}", columns=[])
    yield made
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def fair(sites: dict[str, Built]) -> Built:
    return sites["fair"]


@pytest.fixture(scope="session")
def hostile(sites: dict[str, Built]) -> Built:
    return sites["hostile"]


@pytest.fixture(scope="session")
def published(sites: dict[str, Built]) -> Built:
    return sites["published"]


@pytest.fixture(scope="module")
def browser(sites: dict[str, Built], chromium: str) -> Iterator[Browser]:
    """Ends with its module: while it is there, no other test of this process can run an event loop."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def context(browser: Browser, seen: Seen, sites: dict[str, Built]) -> Iterator[BrowserContext]:
    """A fresh profile. When the test ends nothing may have been asked of anyone else, and nothing complained of."""
    opened = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    opened.set_default_timeout(60_000)
    opened.on("request", lambda request: seen.requests.append(request.url))
    opened.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
    opened.on("weberror", lambda error: seen.complaints.append(str(error.error)))
    yield opened
    opened.close()
    own = tuple(each for site in sites.values() for each in (f"{site.url}/", f"{site.folder.as_uri()}/"))
    assert [url for url in seen.requests if not url.startswith((*own, "data:,"))] == []
    assert seen.complaints == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
