"""The filters: what they leave is what the matrices say, and the address tells the view."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from conformance.expect.profile import load_profile
from conformance.protocol.status import Agreement, Status
from conformance.report.site.columns import Column
from conformance.rows import BY_ID, ROWS
from tests.browser.conftest import Built

EVERY = [row.id for row in ROWS]


def shown(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('#rows tbody tr[id]')].filter(r => r.checkVisibility()).map(r => r.id)"
    )
    return found


def rows_with(site: Built, fits: Callable[[Column, str], bool]) -> list[str]:
    return [row for row in EVERY if any(fits(column, row) for column in site.columns)]


def measured(column: Column, row: str, key: str) -> str:
    return str(getattr(column.rows[row], key)) if row in column.rows else ""


def differ(site: Built, row: str) -> bool:
    observed = {measured(column, row, "status") for column in site.columns} - {"", Status.UNTESTED.value}
    held_against = {measured(column, row, "claim") for column in site.columns if row in column.rows}
    known = {column.claimed[row].status for column in site.columns if row in column.claimed and row not in column.rows}
    return len(observed) > 1 or len((held_against | known) - {"", "None"}) > 1


def chip(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def overview(page: Page, fair: Built) -> Page:
    page.goto(f"{fair.url}/index.html")
    return page


def test_without_a_filter_every_row_is_there(overview: Page) -> None:
    assert shown(overview) == EVERY
    expect(overview.get_by_role("status")).to_have_text(f"{len(EVERY)} of {len(EVERY)} rows")


def test_text_finds_ids_and_titles_and_notes(overview: Page, fair: Built) -> None:
    overview.get_by_role("searchbox", name="Find").fill("MAPPED temperature")
    assert shown(overview) == []
    expect(overview.get_by_text("No row fits these filters.")).to_be_visible()
    overview.get_by_role("searchbox", name="Find").fill("top_k")
    found = shown(overview)
    in_id = {row for row in EVERY if "top_k" in row}
    assert in_id <= set(found) < set(EVERY)
    assert overview.url == f"{fair.url}/index.html?q=top_k"
    expect(overview.get_by_role("status")).to_have_text(f"{len(found)} of {len(EVERY)} rows")


@pytest.mark.parametrize("status", [Status.IGNORED, Status.BROKEN, Status.UNTESTED])
def test_a_status_leaves_the_rows_where_some_column_has_it(overview: Page, fair: Built, status: Status) -> None:
    chip(overview, status.value)
    due = rows_with(fair, lambda column, row: measured(column, row, "status") == status)
    assert due
    assert shown(overview) == due
    hit = overview.locator("td.hit")
    assert {each.get_attribute("data-status") for each in hit.all()} == {status.value}
    chip(overview, status.value)
    assert shown(overview) == EVERY


def test_two_statuses_leave_the_rows_of_either(overview: Page, fair: Built) -> None:
    chip(overview, "ignored")
    chip(overview, "rejected")
    due = rows_with(fair, lambda column, row: measured(column, row, "status") in ("ignored", "rejected"))
    assert shown(overview) == due
    assert overview.url.endswith("?status=ignored,rejected")


def test_contradictions_are_one_press_away(overview: Page, fair: Built) -> None:
    against = (Agreement.WORSE, Agreement.BETTER)
    due = rows_with(fair, lambda column, row: measured(column, row, "agreement") in against)
    assert len(due) >= 4
    chip(overview, f"contradicts ({sum(column.contradicting for column in fair.columns)})")
    assert shown(overview) == due
    assert overview.url.endswith("?agreement=worse,better")


def test_status_and_agreement_must_meet_in_one_cell(overview: Page, fair: Built) -> None:
    chip(overview, "ignored")
    chip(overview, "worse")

    def both(column: Column, row: str) -> bool:
        return measured(column, row, "status") == "ignored" and measured(column, row, "agreement") == "worse"

    due = rows_with(fair, both)
    assert due
    assert shown(overview) == due


def test_a_table_and_a_profile_leave_their_rows(overview: Page) -> None:
    overview.get_by_label("Table").select_option("simple_fields")
    fields = [row.id for row in ROWS if row.table == "simple_fields"]
    assert shown(overview) == fields
    overview.get_by_label("Profile").select_option("claude-code")
    needs = load_profile("claude-code", BY_ID).needs
    assert shown(overview) == [row for row in fields if row in needs]
    assert overview.url.endswith("?table=simple_fields&profile=claude-code")


def test_only_differences_leaves_untested_out_of_the_count(overview: Page, fair: Built) -> None:
    overview.get_by_label("Only rows where columns differ").check()
    due = [row for row in EVERY if differ(fair, row)]
    assert 0 < len(due) < len(EVERY)
    assert shown(overview) == due


def test_a_hidden_column_counts_for_nothing(overview: Page, fair: Built) -> None:
    chip(overview, "broken")
    with_it = shown(overview)
    overview.get_by_text("Columns", exact=True).click()
    gone = "llama.cpp/smollm2"
    overview.locator(f'input[data-column="{gone}"]').uncheck()
    due = rows_with(fair, lambda column, row: column.place != gone and measured(column, row, "status") == "broken")
    assert shown(overview) == due != with_it
    expect(overview.locator(f'th[data-column="{gone}"]')).to_be_hidden()
    assert overview.url.endswith(f"?status=broken&hide={gone}")


def test_the_address_brings_the_view_back(overview: Page, fair: Built) -> None:
    chip(overview, "supported")
    overview.get_by_role("searchbox", name="Find").fill("thinking")
    overview.get_by_label("Only rows where columns differ").check()
    before = shown(overview)
    assert before
    overview.reload()
    assert shown(overview) == before
    expect(overview.get_by_role("button", name="supported", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(overview.get_by_role("searchbox", name="Find")).to_have_value("thinking")
    expect(overview.get_by_label("Only rows where columns differ")).to_be_checked()
    overview.get_by_role("button", name="Clear filters").click()
    assert shown(overview) == EVERY
    assert overview.url == f"{fair.url}/index.html"


def test_what_an_address_asks_that_is_not_there_is_passed_over(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html?table=%3Cimg%3E&status=maybe,__proto__&profile=x&hide=nobody&differs=2#%E0%A4%A")
    assert shown(page) == EVERY


def test_a_link_to_a_row_that_is_filtered_out_still_leads_there(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html?table=headers#tool_choice.any")
    expect(page.locator('[id="tool_choice.any"]')).to_be_in_viewport()


def test_the_page_of_one_column_filters_too(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/deepseek/deepseek-chat/index.html")
    chip(page, "rejected")
    (column,) = [each for each in fair.columns if each.provider == "deepseek"]
    assert shown(page) == [row for row in EVERY if measured(column, row, "status") == "rejected"]


def test_without_scripts_the_whole_table_is_there_and_no_dead_control(fair: Built, browser: object) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{fair.url}/index.html")
    assert page.locator("#rows tbody tr[id]").count() == len(EVERY)
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#scheme-toggle")).to_be_hidden()
    context.close()
