"""A picture of a page: `python -m tests.browser.picture PAGE.html[?FILTERS][#PLACE] OUT.png [WIDTH HEIGHT]`; without
any of them the README's, reports/picture.png."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS

MOST_BYTES = 300_000


def take(page: str, out: Path, width: int = 1400, height: int = 1000) -> None:
    """Opens the page from the disk, in the light scheme, and writes what a window of that size shows, with the filters
    and from the place that stand behind the page's name."""
    name = re.match(r"[^?#]*", page)
    assert name is not None
    address = Path(name[0]).resolve().as_uri() + page[name.end() :]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        opened.goto(address)
        opened.screenshot(path=out)
        browser.close()
    size = out.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{out}: {size:,} bytes are more than {MOST_BYTES:,}: give a smaller width and height")


if __name__ == "__main__":
    words = sys.argv[1:] or [
        "reports/site/index.html?agreement=better,worse#matrix",
        "reports/picture.png",
        "1640",
        "1000",
    ]
    take(words[0], Path(words[1]), *map(int, words[2:4]))
