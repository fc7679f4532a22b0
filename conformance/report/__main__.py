"""`python -m conformance.report DIR` builds the site; with a command as its first word it does that instead."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from conformance.report.commands import COMMANDS, run


def main(words: Sequence[str]) -> int:
    """The exit code of the command, or of building the site."""
    if not words or words[0] in ("-h", "--help"):
        print("python -m conformance.report DIR     builds the static site of the matrices below a folder")
        for name, command in COMMANDS.items():
            print(f"python -m conformance.report {name:<8}{command.__doc__}")
        return 0 if words else 2
    if words and words[0] in COMMANDS:
        return run(words[0], words[1:])
    return int(import_module("conformance.report.site.build").main(words))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
