"""The pages are followed to the letter: the steps for a row and a provider, the example, the commands, the links."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

from conformance.expect.claims.load import provider_names
from conformance.option_names import LONG_PROMPT, PLAIN_HTTP, PROXIES
from conformance.protocol.status import Status, glyph
from conformance.rows import CATALOGUE, ROWS
from tests.browser.picture import MOST_BYTES
from tests.end_to_end.running import KEY, ROOT, copy_of_the_checkout, run_in
from tests.end_to_end.servers import Asked, embedded
from tests.readme_example import README, with_example

PAGES = (
    README,
    *(ROOT / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")),
    *ROOT.glob("docs/*.md"),
)
TEXT = README.read_text(encoding="utf-8")
WHOLE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def block_after(marker: str) -> str:
    """The code block that follows `<!-- marker -->`, without its indentation."""
    found = re.search(rf"<!-- {marker} -->\n *```\w+\n(.*?)\n *```", WHOLE, re.DOTALL)
    assert found, marker
    return textwrap.dedent(found[1])


def test_the_steps_for_a_row_add_a_row(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    rows = checkout / "conformance" / "rows"
    (rows / "messages" / "single_word.py").write_text(block_after("add-a-row") + "\n", encoding="utf-8")
    with (rows / CATALOGUE).open("a", encoding="utf-8") as catalogue:
        catalogue.write("messages.single_word\tmessages\t0.1.0\n")
    ended = run_in(checkout, "-k", "messages.single_word", f"--reports={tmp_path / 'reports'}")
    assert ended.code == 0, ended.out
    assert "supported messages.single_word" in re.sub(r" +", " ", ended.out)


def test_the_steps_for_a_provider_add_a_provider(tmp_path: Path) -> None:
    checkout = copy_of_the_checkout(tmp_path / "checkout")
    (checkout / "conformance" / "expect" / "claims" / "example.toml").write_text(
        block_after("add-a-provider"), encoding="utf-8"
    )
    with embedded(Asked()) as url:
        options = [f"--endpoint={url}", "--model=reference-1", f"--reports={tmp_path / 'reports'}"]
        key = {"EXAMPLE_API_KEY": KEY}
        ended = run_in(checkout, "--provider=example", "-k", "fields.top_k", *options, **key)
    assert ended.code == 0, ended.out
    assert "ignored: better" in ended.out


def test_the_example_is_of_the_committed_matrix() -> None:
    assert with_example(TEXT) == TEXT, "python -m tests.readme_example writes it anew"


def test_the_picture_of_the_site_is_there_and_not_too_heavy() -> None:
    assert "](reports/picture.png)" in TEXT
    assert 50_000 < (ROOT / "reports" / "picture.png").stat().st_size <= MOST_BYTES, "python -m tests.browser.picture"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_is_there(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_command_of_the_pages_is_there() -> None:
    modules = set(re.findall(r"python -m (tests\.[a-z_.]+[a-z_])", WHOLE))
    there = [ROOT.joinpath(*module.split(".")) for module in modules]
    assert len(there) > 5
    assert [path for path in there if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists())] == []


def test_the_words_and_signs_of_the_table_are_those_of_the_suite() -> None:
    for status in Status:
        assert f"| {glyph(status)} `{status.value}` |" in TEXT


def test_every_option_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"`(--[a-z-]+)", WHOLE)) - {"--junitxml", "--pyargs", "--collect-only"}
    source = (ROOT / "conformance" / "pytest_plugin" / "command_line.py").read_text(encoding="utf-8")
    known = {f"--{name}" for name in re.findall(r'add\(\s*"([a-z-]+)"', source)}
    known |= {f"--{name}" for name in (LONG_PROMPT, PLAIN_HTTP, PROXIES)}  # named once, for they stand in notes as well
    serving = (ROOT / "conformance" / "reference" / "__main__.py").read_text(encoding="utf-8")
    assert named <= known | set(re.findall(r'add_argument\(\s*"(--[a-z-]+)"', serving))


def test_the_changelog_counts_the_rows_and_names_every_vendor() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"The {len(ROWS)} rows" in changelog
    assert len(provider_names()) >= 5
