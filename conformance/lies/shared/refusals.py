"""A request that must be refused: answered, refused otherwise, or met with no clean refusal at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from conformance.lies.lie import Lie
from conformance.reference import faults
from conformance.reference.transforms import Transform, error_reshape

OTHER_KIND = {"type": "error", "error": {"type": "api_error", "message": "$message"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bad:
    """What a lie is told of: the requests that have `beside`, have not `unless`, and look as `given`. `role` is what a
    note calls them where the row has several, `due` the refusal that is due."""

    row: str
    beside: str = ""
    unless: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    due: str = "400 invalid_request_error"

    def at(self, transform: Transform) -> Transform:
        """The change, made to these requests alone."""
        return replace(transform, beside=self.beside, unless=self.unless, given={**transform.given, **self.given})

    def lie(
        self,
        name: str,
        *transforms: Transform,
        note: str,
        status: str = "broken",
        code: str = "",
        reports: tuple[str, ...] = (),
    ) -> Lie:
        return Lie(
            row=self.row,
            name=name,
            transforms=tuple(map(self.at, transforms)),
            status=status,
            code=code,
            note=note,
            reports=reports,
        )

    def answered(self, name: str, *transforms: Transform) -> Lie:
        """These requests are answered, and the row's others are refused."""
        note = rf"^refused in one form only \(HTTP 4.*\); {self.role[:-2]} is answered$"
        return self.lie(name, *transforms, status="partial", code="incomplete", note=note)


def refused_otherwise(bad: Bad, prefix: str = "", *, statuses: Iterable[int], kinds: bool = True) -> list[Lie]:
    """A clean refusal, but not the one that is documented."""
    at = f"refused otherwise: {bad.role}"
    told = [
        bad.lie(
            f"{prefix}status_{status}",
            faults.fail(status, "", "It lacks something"),
            status="partial",
            code="other_refusal",
            note=rf"{at}HTTP {status}: It lacks something \(.*{bad.due} is due\)",
        )
        for status in statuses
    ]
    if kinds:
        told.append(
            bad.lie(
                f"{prefix}other_kind",
                error_reshape(OTHER_KIND),
                status="partial",
                code="other_refusal",
                note=rf"{at}HTTP 4..: .+ \(error.type is api_error, {bad.due} is due\)",
            )
        )
    return told


def no_clean_refusal(bad: Bad, prefix: str = "", *, alone: bool = True) -> list[Lie]:
    """Crashes, pages, errors in a 200, silence: none of them a refusal."""
    at = f"no clean refusal: {bad.role}"
    told = [
        bad.lie(f"{prefix}{name}", fault, note=f"{at}{end}")
        for name, fault, end in (
            ("crashed", faults.fail(500, ""), "HTTP 500: Internal error"),
            ("overloaded", faults.fail(503, "", "Overloaded"), "HTTP 503: Overloaded"),
            ("page", faults.page(200, ""), "HTTP 200 with an HTML page"),
            ("bad_gateway", faults.page(502, ""), "HTTP 502: an HTML page"),
            ("error_in_200", faults.error_in_answer(""), "HTTP 200 that is an error"),
            ("foreign", faults.foreign(""), "an OpenAI-shaped answer"),
            ("empty", faults.empty(""), "HTTP 200 with an empty body"),
            ("hangs", faults.hang(""), "timeout: not done in"),
            ("cut", faults.cut(""), ".*cut: .*closed connection"),
        )
    ]
    told.append(
        bad.lie(
            f"{prefix}limited",
            faults.fail(429, "", "Slow down"),
            status="untested",
            code="rate_limited",
            note="HTTP 429: Slow down",
        )
    )
    # Where other rows ask the same, and ask again, the tries are not this row's alone to count.
    if alone:
        told.append(
            bad.lie(
                f"{prefix}flickers",
                faults.fail(500, "", "Not now", every=2),
                status="untested",
                code="unstable",
                note="different ends, one of them HTTP 500: Not now",
            )
        )
    return told
