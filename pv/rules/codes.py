"""Rule codes as people type them: prefixes, misspellings, sets of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from pv.exit_code import UsageError


def nearest_hint(code: str, known: Collection[str]) -> str:
    """Say what ``code`` may have meant."""
    near = get_close_matches(code.upper(), known, n=1)
    return f"did you mean {near[0]}?" if near else "docs/rules.md lists every code"


def expand(given: Iterable[str], known: Collection[str], source: str) -> frozenset[str]:
    """Codes that ``given`` stands for: whole ones, or prefixes that end at a dash (``PV-VER``)."""
    found: set[str] = set()
    for item in given:
        matches = [code for code in known if code == item or code.startswith(f"{item}-")]
        if not matches:
            raise UsageError(
                f"{source}: no rule has the code {item!r}; {nearest_hint(item, known)}"
            )
        found.update(matches)
    return frozenset(found)
