"""An endpoint whose every word is an attack: nothing of it runs, loads, hides or turns anything."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Dialog, Page

from conformance.report.site.plain import HIDDEN
from tests.browser.conftest import Built
from tests.site_material import HOSTILE_ROWS, SCRIPT

OURS = "script:not([src*='/assets/']), img, iframe, object, embed, form, base, style, body [style], svg, video, audio"
PLACE = "hostile.example/model"


SHOWN = ("index.html", f"{PLACE}/index.html", "hostile.example/index.html", "rows/fields.model/index.html")
PAGES = (*SHOWN, *(f"{PLACE}/{row}.html" for row in HOSTILE_ROWS))


@pytest.mark.parametrize("path", PAGES)
def test_nothing_of_it_runs_or_loads_or_becomes_markup_or_stays_hidden(page: Page, hostile: Built, path: str) -> None:
    dialogs: list[str] = []

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    page.goto(f"{hostile.url}/{path}")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert SCRIPT in page.locator("main").inner_text()
    assert page.evaluate("window.ran") is None
    assert page.locator(OURS).count() == 0
    handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames().filter(n => n.startsWith('on')))"
    assert page.evaluate(handlers) == []
    addresses = page.evaluate("[...document.links].map(a => a.href)")
    assert {urlsplit(each).scheme for each in addresses} <= {"http", "https"}
    assert "attacker.invalid" not in {urlsplit(each).hostname for each in addresses}
    assert HIDDEN.search(page.content()) is None
    assert dialogs == []


def test_what_is_hidden_in_it_is_spelled_out(page: Page, hostile: Built) -> None:
    page.goto(f"{hostile.url}/{PLACE}/index.html")
    assert "⟨U+202E⟩gnp.exe⟨U+202C⟩" in page.locator("h1").inner_text()


def test_a_template_in_it_is_not_filled_in(page: Page, hostile: Built) -> None:
    page.goto(f"{hostile.url}/{PLACE}/index.html")
    assert "{{ 7*7 }}" in page.locator("h1").inner_text()


def test_an_attack_in_the_address_is_text_in_the_search_field(page: Page, hostile: Built) -> None:
    page.goto(f"{hostile.url}/index.html?q=%3Cimg%20src%3Dx%20onerror%3D%22window.ran%3D5%22%3E#%3Cscript%3E")
    assert page.get_by_role("searchbox").input_value() == '<img src=x onerror="window.ran=5">'
    assert page.evaluate("window.ran") is None
    assert page.locator(OURS).count() == 0


def test_the_policy_stands_before_anything_that_it_governs(hostile: Built) -> None:
    for path in hostile.files:
        head = (hostile.folder / path).read_text("utf-8").partition("</head>")[0]
        policy, script = head.index("Content-Security-Policy"), head.index("<script")
        assert policy < script, path
        assert "default-src 'none'" in head
        assert "unsafe" not in head
