"""Explanations of rules, made from the rules themselves: for ``--explain`` and docs/rules.md."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from pv.rules.base import BindingRule, ContractRule, Rule
from pv.rules.example import GREEN, Example, Link
from pv.rules.suppressions.base import SuppressionRule

_CONTEXT_LINES = 2


def as_text(rule: Rule) -> str:
    """One rule, for a terminal."""
    return (
        f"{rule.code} {rule.name}\n"
        f"severity: {weight(rule)}\n"
        f"found by: {commands(rule)}\n\n"
        f"{rule.why}\n\n"
        f"Wrong, as a change of the smallest project that lints clean:\n\n"
        f"{_indented(changes(rule.bad))}\n"
        f"Right:\n\n"
        f"{_indented(changes(rule.good))}"
    )


def as_markdown(rule: Rule) -> str:
    """One rule, as a section of docs/rules.md."""
    return (
        f"## {rule.code} {rule.name}\n\n"
        f"Severity: {weight(rule)}. Found by: {commands(rule)}.\n\n"
        f"{rule.why}\n\n"
        f"Wrong:\n\n```diff\n{changes(rule.bad)}```\n\n"
        f"Right:\n\n```diff\n{changes(rule.good)}```\n"
    )


def weight(rule: Rule) -> str:
    """Severity, and what changes it."""
    if isinstance(rule, BindingRule):
        return f"{rule.severity.value} (a warning without --strict-test-binding)"
    return rule.severity.value


def commands(rule: Rule) -> str:
    """The commands that run the rule."""
    is_in_both = isinstance(rule, ContractRule | SuppressionRule)
    return "pv validate, pv lint" if is_in_both else "pv lint"


def changes(example: Example) -> str:
    """The lines in which ``example`` differs from the smallest project that lints clean."""
    if example == GREEN:
        return " (the smallest project, unchanged)\n"
    paths = [*GREEN.files, *(path for path in example.files if path not in GREEN.files)]
    return "".join(line for path in paths for line in _changes_of(path, example))


def _changes_of(path: str, example: Example) -> Iterator[str]:
    old, new = GREEN.files.get(path, ""), example.files.get(path, "")
    if path not in example.files:
        yield f"--- {path}\n+++ (removed)\n"
    elif isinstance(new, Link):
        yield f"--- {path}\n+++ {path} -> {new} (a link to nothing)\n"
    elif isinstance(old, bytes) or isinstance(new, bytes):
        yield f"--- {path}\n+++ {path}\n {new!r}\n"
    else:
        lines = unified_diff(
            old.splitlines(True), new.splitlines(True), path, path, n=_CONTEXT_LINES
        )
        yield from (line if line.endswith("\n") else f"{line}\n" for line in lines)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())
