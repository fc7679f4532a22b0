"""Every kind of page for every reader: by keyboard, by screen reader, in both schemes, on a phone, on paper."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from conformance.rows import ROWS
from tests.browser.conftest import PHONE, WIDE, Built

KINDS = {
    "overview": "index.html",
    "column": "deepseek/deepseek-chat/index.html",
    "finding": "deepseek/deepseek-chat/tool_choice.any.html",
    "finding with a stream": "gateway.example/org_large-1/stream.order.html",
    "finding without its recording": "llama.cpp/smollm2/fields.model.html",
    "row": "rows/fields.temperature/index.html",
    "vendor that was not measured": "kingsoft/index.html",
}
each_kind = pytest.mark.parametrize("path", KINDS.values(), ids=KINDS.keys())


def told(results: Any) -> list[str]:
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in results.response["violations"]
        for node in violation["nodes"][:3]
    ]


@each_kind
@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["light and wide", "dark and narrow"]
)
def test_axe_finds_nothing(page: Page, fair: Built, path: str, scheme: Any, size: Any) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{fair.url}/{path}")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert told(Axe().run(page)) == []


@each_kind
def test_nothing_is_wider_than_a_phone(page: Page, fair: Built, path: str) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{fair.url}/{path}")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "changes/index.html",
        "litellm/openai/index.html",
        "litellm/hosted_vllm/stream.equals_message.html",
        "llama.cpp/smollm2-tools-thinking/stream.blocks.html",
    ],
)
@pytest.mark.parametrize(
    ("scheme", "size"), [("light", WIDE), ("dark", PHONE)], ids=["light and wide", "dark and narrow"]
)
def test_the_published_pages_are_fit_to_read(page: Page, published: Built, path: str, scheme: Any, size: Any) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{published.url}/{path}")
    assert told(Axe().run(page)) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_phone_the_row_stays_while_the_columns_pass(page: Page, fair: Built) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{fair.url}/index.html#fields.temperature")
    name = page.locator('[id="fields.temperature"] th')
    last = page.locator('[id="fields.temperature"] td').last
    expect(last).not_to_be_in_viewport()
    before = name.bounding_box()
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport()
    after = name.bounding_box()
    assert before
    assert after
    assert abs(before["x"] - after["x"]) < 1
    assert after["width"] < PHONE["width"] / 2


def test_the_names_of_the_columns_stay_while_the_rows_pass(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html#{ROWS[-1].id}")
    expect(page.locator(f'[id="{ROWS[-1].id}"]')).to_be_in_viewport()
    expect(page.locator("#rows thead th").nth(1)).to_be_in_viewport()


def test_the_keyboard_skips_to_the_content_and_reaches_every_control(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.get_by_role("searchbox").focus()
    reached = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.dataset.value ?? document.activeElement.id"))
    assert {"filter-table", "filter-profile", "ignored", "filter-contradicts", "worse", "filter-differs"} <= reached


def test_a_filter_is_set_and_cleared_by_the_keyboard(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    button = page.get_by_role("button", name="broken", exact=True)
    button.focus()
    page.keyboard.press("Space")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Clear filters").focus()
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    expect(page.get_by_role("searchbox")).to_be_focused()


def test_the_matrix_is_scrolled_by_the_keyboard(page: Page, fair: Built) -> None:
    page.set_viewport_size(PHONE)
    page.goto(f"{fair.url}/index.html")
    matrix = page.get_by_role("region", name="The matrix")
    matrix.focus()
    page.keyboard.press("ArrowRight")
    # Scrolling is smooth, so it is looked at until it has begun; the page's policy forbids what waits in the page.
    for _ in range(50):
        if matrix.evaluate("region => region.scrollLeft"):
            break
        page.wait_for_timeout(100)
    assert matrix.evaluate("region => region.scrollLeft") > 0


def test_a_cell_is_read_with_its_row_and_its_column(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    line = page.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has_text="tool_choice.any"))
    expect(line.get_by_role("link", name="ignored")).to_be_visible()
    expect(page.get_by_role("table", name="Rows of the compatibility tables")).to_be_visible()
    headers = page.locator("#rows").get_by_role("columnheader")
    assert headers.count() == len(fair.columns) + 1


def test_the_scheme_follows_the_system_until_it_is_chosen(page: Page, fair: Built, context: BrowserContext) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    page.goto(f"{fair.url}/index.html")
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Light scheme").click()
    light = page.evaluate(ground)
    assert light != dark
    page.goto(f"{fair.url}/kingsoft/index.html")
    assert page.evaluate(ground) == light
    expect(page.get_by_role("button", name="Dark scheme")).to_be_visible()


def test_on_paper_the_controls_are_gone_and_nothing_is_cut(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/index.html")
    page.emulate_media(media="print")
    expect(page.locator("#filters")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.matrix')).overflow") == "visible"


def test_the_evidence_of_a_stream_is_read_event_by_event(page: Page, fair: Built) -> None:
    page.goto(f"{fair.url}/gateway.example/org_large-1/stream.order.html")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    first = page.get_by_role("table", name="The events of the stream").first
    names = first.locator("tbody tr td:nth-child(3)").all_text_contents()
    assert names[:2] == ["message_start", "content_block_start"]
    assert names[-1] == "message_stop"
