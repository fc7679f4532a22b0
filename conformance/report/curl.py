"""The command that reproduces a row's decisive request; the key stays a shell variable."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from conformance.measure.judge import Evidence
from conformance.protocol.exchange import KEY, Exchange, Request
from conformance.report.safe import for_json_line

CONTROL_ROLES = ("baseline", "control", "unmarked, first time")
LONGEST_INLINE = 1500


def decisive(evidence: Sequence[Evidence], rests_on: Sequence[str] = ()) -> Exchange | None:
    """The exchange that a reader should repeat: the first that the verdict says it rests on. Where it names none, the
    first that is no control, for a probe asks what it is about before it calibrates."""
    held = {each.exchange.request.digest: each.exchange for each in evidence}
    named = next((held[digest] for digest in rests_on if digest in held), None)
    if named is not None:
        return named
    asked = [each.exchange for each in evidence if each.role not in CONTROL_ROLES]
    return asked[0] if asked else evidence[0].exchange if evidence else None


def needs_file(request: Request) -> bool:
    """Is the body too long for a line that people paste?"""
    return len(request.body) > LONGEST_INLINE


def curl_line(
    request: Request,
    url: str,
    key_variable: str,
    further: Mapping[str, str] | None = None,
    body_file: str | None = None,
) -> str:
    """One line for a POSIX shell. `further` names the variable of each further header, `body_file` the file with the
    body where that is too long for a line."""
    words = ["curl", "-sS", *(("-X", request.method) if request.method != "POST" else ())]
    words.append(shlex.quote(f"{url}{request.path}"))
    for name, value in request.headers.items():
        words += ["-H", _header(name, value, key_variable)]
    for name, variable in (further or {}).items():
        words += ["-H", f'"{name}: ${variable}"']
    if request.body:
        data = f"@{body_file}" if body_file else for_json_line(request.body.decode("utf-8", "replace"))
        words += ["--data-binary", shlex.quote(data)]
    return " ".join(words)


def _header(name: str, value: str, key_variable: str) -> str:
    if KEY not in value:
        return shlex.quote(f"{name}: {value}")
    # Double quotes, so that the shell fills in the key; nothing else in such a header needs quoting.
    return f'"{name}: {value.replace(KEY, f"${key_variable}")}"'
