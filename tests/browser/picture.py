"""A picture of a page for the README: `python -m tests.browser.picture PAGE.html OUT.png [WIDTH HEIGHT]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS

MOST_BYTES = 300_000


def take(page: Path, out: Path, width: int = 1280, height: int = 1000) -> None:
    """Opens the page from the disk, in the light scheme, and writes what a window of that size shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        opened = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
        opened.goto(page.resolve().as_uri())
        opened.screenshot(path=out)
        browser.close()
    size = out.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{out}: {size:,} bytes are more than {MOST_BYTES:,}: give a smaller width and height")


if __name__ == "__main__":
    take(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5]))
