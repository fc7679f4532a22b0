"""Texts that a stranger's endpoint may send, each of which would be something else than text somewhere."""

from __future__ import annotations

HOSTILE_TEXTS = [
    "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31mred \x9d0;title\x9c",
    "a\rb\x08\x08c\x7f",
    "gnp.\u202egnp.exe \u2066isolated\u2069 \u200f",
    "zero\u200bwidth\u2060\ufeff \u00ad \U000e0041\U000e0042 \u3164",
    "line one\nline two\u2028three\u0085four\n\n# Heading\n- item\n\n| x | y |\n| - | - |",
    "half \ud83d a pair, \ufffe no character, \x00 nothing",
    "<script>alert(1)</script><img src=x onerror=alert(1)><!-- gone --><svg/onload=alert(1)>",
    "]]></system-out><testcase/>&lt;&#0;&xxe;",
    "[click](javascript:alert(1)) ![x](https://evil.example/x.png) [a]: javascript:b <javascript:alert(1)>",
    "https://evil.example/path www.evil.example mailto:a@evil.example a@evil.example //evil.example",
    "@everyone @someone/team #123 owner/repo#1 GH-1 :+1: :bomb:",
    "`code` ``more`` ``` \\` \\ **bold** _it_ ~~gone~~ | cell | $x^2$ $$y$$ <sub>s</sub> [^1] > quote",
    '=HYPERLINK("https://evil.example","x")',
    "+cmd|' /C calc'!A0",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    "'; rm -rf ~; echo '$(id)`id`\"",
    "../../etc/passwd",
    "x" * 5000,
]
