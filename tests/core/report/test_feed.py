"""The feed and the page of changes: ids for ever, the same bytes again, nothing of the endpoint's as markup."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from jinja2 import DictLoader, Environment, StrictUndefined

from conformance.report.changes_page import FEED, PAGE, change_pages
from conformance.report.feed import ATOM, anchor, entry_id, feed
from conformance.report.history import Step, newest_first, steps
from conformance.report.matrix_record import Matrix
from tests.core.matrices import matrix, row

ROW = "fields.top_k"
NAMES = {"a": ATOM}
HOSTILE = "no <script>alert(1)</script> & ]]> \x1b[31m \ufffe \ud800 https://evil.example"


def found(*runs: Matrix) -> list[Step]:
    return newest_first(steps("example/large", runs))


CALM = [matrix(row(ROW), day=1), matrix(row(ROW), day=2)]
CHANGED = [*CALM, matrix(row(ROW, "rejected", HOSTILE), day=3)]


def entries(text: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(text.encode()).findall("a:entry", NAMES)


def said(entry: ElementTree.Element, name: str) -> str:
    return entry.findtext(f"a:{name}", "", NAMES)


def test_there_is_an_entry_a_run_that_changed_something() -> None:
    (entry,) = entries(feed(found(*CHANGED)))
    assert said(entry, "title") == "example, large: 1 worse"
    assert said(entry, "updated") == CHANGED[2].run.finished
    text = "".join(entry.itertext())
    assert f"{ROW} (MUST sample with top_k): worse, supported → rejected" in text
    assert "before, 2026-01-02T02:00:00+00:00: no note" in text
    assert "HTTP 200" in text


def test_what_was_not_measured_and_what_is_new_are_no_entries() -> None:
    runs = [matrix(row(ROW), day=1), matrix(row(ROW, "untested"), row("tools.name", "broken"), day=2)]
    assert entries(feed(found(*runs))) == []


def test_an_entry_keeps_its_id_when_more_runs_come() -> None:
    before = {said(each, "id") for each in entries(feed(found(*CHANGED)))}
    after = {said(each, "id") for each in entries(feed(found(*CHANGED, matrix(row(ROW), day=4))))}
    assert before < after
    assert len(after) == 2


def test_entries_of_other_models_have_other_ids() -> None:
    (one,) = found(matrix(row(ROW)))
    (other,) = steps("example/small", [matrix(row(ROW), model="small")])
    assert entry_id(one) != entry_id(other)
    assert entry_id(one) == "urn:uuid:cd56107f-5a1a-5833-a54e-9030b3e01452"


def test_a_night_without_a_change_leaves_the_feed_as_it_was() -> None:
    again = matrix(row(ROW, "rejected", "other words"), day=4)
    assert feed(found(*CHANGED)) == feed(found(*CHANGED, again))
    assert feed(found(*CALM)) == feed(found(CALM[0]))


def test_what_an_endpoint_says_is_text_in_the_feed() -> None:
    text = feed(found(*CHANGED))
    (entry,) = entries(text)
    assert "<script>alert(1)</script> & ]]>" in "".join(entry.itertext())
    assert "<script" not in text
    assert not {"\x1b", "\ufffe", "\ud800"} & set(text)


def test_links_lead_to_the_published_site_where_it_is_known() -> None:
    (entry,) = entries(feed(found(*CHANGED), "https://pages.example/suite/"))
    (link,) = entry.findall("a:link", NAMES)
    assert link.get("href") == f"https://pages.example/suite/changes/index.html#{anchor(found(*CHANGED)[0])}"


def test_without_a_run_there_is_no_feed() -> None:
    assert feed([]) == ""


def environment() -> Environment:
    """The site's own comes with the site; what is asked of it is a base with two blocks."""
    from importlib.resources import files

    base = "<title>{% block title %}{% endblock %}</title><main>{% block main %}{% endblock %}</main>{{ root }}"
    changes = files("conformance.report").joinpath("site/templates/changes.html").read_text(encoding="utf-8")
    return Environment(
        loader=DictLoader({"base.html": base, "changes.html": changes}), autoescape=True, undefined=StrictUndefined
    )


def test_the_page_tells_each_run_and_both_sides() -> None:
    pages = dict(change_pages(found(*CHANGED, matrix(row("tools.name"), day=4)), environment()))
    assert pages.keys() == {PAGE, FEED}
    page = pages[PAGE]
    assert f'id="{anchor(found(*CHANGED)[0])}"' in page
    assert f'href="../example/large/{ROW}.html"' in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "Measured for the first time" in page
    assert f"gone: {ROW}" in page
    assert "new: tools.name" in page


def test_a_run_that_changed_nothing_is_not_on_the_page() -> None:
    page = dict(change_pages(found(*CALM), environment()))[PAGE]
    assert str(CALM[0].run.started) in page
    assert str(CALM[1].run.started) not in page


def test_the_page_of_no_run_says_so() -> None:
    pages = dict(change_pages([], environment()))
    assert pages.keys() == {PAGE}
    assert "No run is kept yet" in pages[PAGE]


def test_the_same_runs_give_the_same_bytes() -> None:
    assert list(change_pages(found(*CHANGED), environment())) == list(change_pages(found(*CHANGED), environment()))


def test_a_name_that_xml_cannot_hold_does_not_break_the_feed() -> None:
    odd = [matrix(row(ROW), day=1, model=HOSTILE), matrix(row(ROW, "broken"), day=2, model=HOSTILE)]
    text = feed(newest_first(steps("example/odd", odd)))
    (entry,) = entries(text)
    assert said(entry, "title").startswith("example, no <script>")
    assert not {"\x1b", "\ufffe", "\ud800"} & set(text)


def test_a_long_evidence_is_cut_in_the_feed() -> None:
    runs = [matrix(row(ROW), day=1), matrix(row(ROW, "broken", "x" * 5000), day=2)]
    (entry,) = entries(feed(found(*runs)))
    assert 1000 < max(len(text) for text in entry.itertext()) <= 1200


def test_the_feed_holds_the_newest_entries_alone() -> None:
    (changed, *_) = found(*CHANGED)
    many = [replace(changed, started=f"run {number:03}", finished=f"end {number:03}") for number in range(101)]
    kept = [said(each, "updated") for each in entries(feed(newest_first(many)))]
    assert kept == [f"end {number:03}" for number in range(100, 0, -1)]


def test_runs_of_one_moment_stand_in_the_order_of_their_folders() -> None:
    (step,) = found(matrix(row(ROW)))
    shuffled = [replace(step, folder=name) for name in ("b/b", "c/a", "a/z")]
    assert [each.folder for each in newest_first(shuffled)] == ["a/z", "b/b", "c/a"]
