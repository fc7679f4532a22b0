"""Permanent addresses, and that a page asks for nothing but its own files, served or opened from a disk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from conformance.rows import ROWS
from tests.browser.conftest import Built, Seen


def test_a_row_has_an_address_of_its_own(page: Page, fair: Built) -> None:
    for row in (ROWS[0], ROWS[-1]):
        page.goto(f"{fair.url}/rows/{row.id}/")
        expect(page.get_by_role("heading", level=1)).to_have_text(row.id)


def test_a_provider_and_a_model_and_a_finding_have_theirs(page: Page, fair: Built) -> None:
    for path, heading in (
        ("deepseek/", "DeepSeek"),
        ("deepseek/deepseek-chat/", "DeepSeek deepseek-chat"),
        ("deepseek/deepseek-chat/fields.top_k.html", "fields.top_k"),
    ):
        page.goto(f"{fair.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.mark.parametrize("page_of", ["index.html", "deepseek/deepseek-chat/index.html", "kingsoft/index.html"])
def test_an_anchor_leads_to_its_row(page: Page, fair: Built, page_of: str) -> None:
    page.goto(f"{fair.url}/{page_of}#content.text.text")
    expect(page.locator('[id="content.text.text"]')).to_be_in_viewport()


def test_from_the_overview_to_the_evidence_and_back(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    page.locator('[id="tool_choice.any"]').get_by_role("link", name="ignored").click()
    expect(page).to_have_title("tool_choice.any: ignored, DeepSeek · deepseek-chat · Messages API conformance")
    page.get_by_role("link", name="All endpoints").click()
    expect(page.locator('[id="tool_choice.any"]')).to_be_in_viewport()


def test_from_what_a_provider_is_ready_for_to_the_rows_that_keep_it_from_that(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has_text="deepseek-chat"))
    line.get_by_role("link", name="degraded").first.click()
    because = page.locator("details.ready[open] li")
    expect(because.first).to_be_visible()
    because.first.get_by_role("link").first.click()
    expect(page.locator("#rows tr:target")).to_be_in_viewport()


def test_a_vendor_that_was_not_measured_shows_no_finding(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/kingsoft/index.html")
    expect(page.get_by_text("Declared only.")).to_be_visible()
    assert page.locator("[class*='t-'], .status").count() == 0
    page.goto(f"{fair.url}/index.html")
    assert page.locator("td.declared-only[data-status]").count() == 0


def test_a_page_from_a_disk_works_and_asks_for_its_own_files_alone(page: Page, fair: Built, seen: Seen) -> None:
    page.goto((fair.folder / "index.html").as_uri())
    page.get_by_role("button", name="broken", exact=True).click()
    assert page.url.endswith("?status=broken")
    assert page.evaluate("getComputedStyle(document.querySelector('.matrix')).overflow") == "auto"
    names = {url.rpartition("/")[2] for url in seen.requests if not url.startswith("data:")}
    assert names == {"index.html", "site.css", "scheme.js", "filter.js"}
