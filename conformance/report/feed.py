"""An Atom feed of changes: one entry for each run with which an endpoint changed.

Ids derive from what the entry is about (provider, model, when the run began), never from a clock or an address, so
that a feed that is built again is the same feed, byte for byte, and no reader shows an entry twice.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from xml.etree import ElementTree

from conformance.protocol.exchange import one_line
from conformance.report.changes import Change, Kind, Side
from conformance.report.diff import summarized
from conformance.report.history import Step
from conformance.report.matrix import SUITE

ATOM = "http://www.w3.org/2005/Atom"
XHTML = "http://www.w3.org/1999/xhtml"
IDS = uuid.UUID("8f3d0a52-6d0f-4a9c-9a3e-0b1f5c7d2e64")
"""The namespace of all ids of this feed; a change of it would show every entry again."""

MOST_ENTRIES = 100
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, not even escaped."""


def feed(found: Sequence[Step], site: str = "") -> str:
    """The feed of these runs, the newest first. `site` is the address of the published pages, without which links are
    relative. A feed must say when it was last updated, so without a run there is none to write: "" then."""
    if not found:
        return ""
    changed = [step for step in found if step.observed][:MOST_ENTRIES]
    ElementTree.register_namespace("", ATOM)
    root = ElementTree.Element(_atom("feed"))
    _add(root, "title", f"{SUITE}: what changed")
    _add(root, "id", _id("feed"))
    # A night without a change leaves the feed as it was.
    _add(root, "updated", (changed or found[-1:])[0].finished)
    _add(_add(root, "author", None), "name", SUITE)
    _link(root, "self", f"{_base(site)}changes.atom")
    _link(root, "alternate", f"{_base(site)}changes/index.html")
    for step in changed:
        _entry(root, step, site)
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def entry_id(step: Step) -> str:
    """What an entry is called for ever."""
    return _id(step.provider, step.model, step.started)


def anchor(step: Step) -> str:
    """Where the change page tells of a run: the entry's id again."""
    return f"run-{entry_id(step).rpartition(':')[2]}"


def _entry(root: ElementTree.Element, step: Step, site: str) -> None:
    entry = _add(root, "entry", None)
    _add(entry, "title", f"{step.provider}, {step.model}: {summarized(step.observed)}")
    _add(entry, "id", entry_id(step))
    _add(entry, "updated", step.finished)
    _link(entry, "alternate", f"{_base(site)}changes/index.html#{anchor(step)}")
    for kind in dict.fromkeys(change.kind for change in step.observed):
        ElementTree.SubElement(entry, _atom("category"), term=kind)
    content = _add(entry, "content", None)
    content.set("type", "xhtml")
    division = ElementTree.SubElement(content, f"{{{XHTML}}}div")
    for change in step.observed:
        _told(division, change)


def _told(division: ElementTree.Element, change: Change) -> None:
    words = {Kind.WORSE: "worse", Kind.BETTER: "better"}.get(change.kind, "changed")
    arrow = " → ".join(side.word for side in (change.before, change.after) if side)
    _html(division, "p", f"{change.row} ({change.title}): {words}, {arrow}")
    listed = ElementTree.SubElement(division, f"{{{XHTML}}}ul")
    for name, side in (("before", change.before), ("after", change.after)):
        if side is not None:
            _html(listed, "li", f"{name}, {side.started}: {_evidence(side)}")


def _evidence(side: Side) -> str:
    return "; ".join([side.note or "no note", *side.evidence])


def _base(site: str) -> str:
    return f"{site.rstrip('/')}/" if site else ""


def _id(*parts: str) -> str:
    # Half of a surrogate pair, which a model's name in JSON may hold, has no UTF-8.
    name = chr(0).join(parts).encode("utf-8", "backslashreplace").decode()
    return f"urn:uuid:{uuid.uuid5(IDS, name)}"


def _atom(name: str) -> str:
    return f"{{{ATOM}}}{name}"


def _add(parent: ElementTree.Element, name: str, text: str | None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, _atom(name))
    child.text = None if text is None else clean(text)
    return child


def _html(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, f"{{{XHTML}}}{name}").text = clean(text)


def _link(parent: ElementTree.Element, rel: str, href: str) -> None:
    ElementTree.SubElement(parent, _atom("link"), rel=rel, href=clean(href))


def clean(text: str) -> str:
    """Text from an endpoint as one line that XML can hold; ElementTree escapes the rest."""
    return NOT_XML.sub("", one_line(text, 1200))
