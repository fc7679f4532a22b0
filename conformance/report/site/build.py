"""Builds the site: reads the matrices below a folder and writes the pages, the same bytes for the same input."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from conformance.evidence.cassette import write_whole
from conformance.option_names import DEFAULT_CASSETTES
from conformance.report.extras import extra_files
from conformance.report.read import MatrixError
from conformance.report.repository import REPOSITORY
from conformance.report.site.columns import MATRIX, SiteError, columns
from conformance.report.site.pages import environment, pages, site_of
from conformance.report.site.plain import web_address

LISTING = "pages.txt"
"""The files of the site, so that the next build knows which of them it no longer makes."""


def main(arguments: Sequence[str]) -> int:
    """Builds the site and says where it is. The exit code is 0; 1 with a line for each file that had to be left out;
    or 2, with one line that says what is wrong, where nothing could be built."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.report", description="Build the static site from matrix.json files."
    )
    parser.add_argument("reports", type=Path, metavar="DIR", help=f"the folder with <provider>/<model>/{MATRIX}")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the site goes (default: DIR/site)")
    parser.add_argument(
        "--cassettes",
        type=Path,
        metavar="DIR",
        help=f"the recordings that are shown as evidence (default: {DEFAULT_CASSETTES} beside DIR)",
    )
    parser.add_argument(
        "--repository", default=REPOSITORY, metavar="URL", help="where findings are disputed (default: this project's)"
    )
    parser.add_argument("--url", default="", help="where the site is published: the feed's links need it")
    given = parser.parse_args(arguments)
    out = given.out or given.reports / "site"
    cassettes = given.cassettes or given.reports.resolve().parent / DEFAULT_CASSETTES
    unfit: dict[Path, str] = {}
    try:
        if web_address(given.repository) is None:
            raise SiteError(f"--repository {given.repository}: give an address that begins with https://")
        found = columns(given.reports, cassettes, left_out=unfit.setdefault)
        site = site_of(found, given.repository, cassettes.name)
        made = chain(pages(site), extra_files(given.reports, environment(), given.url, unfit.setdefault))
        written = write(out, made)
    except (SiteError, MatrixError, OSError) as error:
        print(f"no site was built: {error}", file=sys.stderr)
        return 2
    for why in unfit.values():
        print(f"left out: {why}", file=sys.stderr)
    print(f"{out / 'index.html'}: {len(site.measured)} measured of {len(site.columns)} columns, {written} files")
    return 1 if unfit else 0


def write(out: Path, made: Iterable[tuple[str, str]]) -> int:
    """Writes what has changed, removes what an earlier build made and this one does not, and gives the number of
    files. Other files in the folder are left alone. Raises OSError, SiteError."""
    names = []
    for name, text in made:
        path = out / name
        if not path.is_file() or path.read_bytes() != text.encode():
            write_whole(path, text)
        names.append(name)
    listing = out / LISTING
    before = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    for name in set(before) - set(names):
        gone = out / name
        if not gone.resolve().is_relative_to(out.resolve()):
            raise SiteError(f"{listing}: {name!r} is not below {out}; remove the line")
        gone.unlink(missing_ok=True)
    write_whole(listing, "".join(f"{name}\n" for name in sorted(names)))
    return len(names)
