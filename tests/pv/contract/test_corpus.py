"""Upstream's contracts, and edits of them: the same answers as upstream's own validator."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from pv.contract.load import parse_contract
from pv.finding import Severity
from pv.rules.registry import contract_rules

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"
DOCUMENT = ROOT / "docs" / "corpus-differences.md"

# Edits on which a stricter answer is wanted, and why.
WHY = {
    "unknown-top-level-key": "the schema is closed; upstream drops the block in silence",
    "no-falsification-tests": "a contract that nothing can refute is not judged, it is believed",
    "no-qa-gate": "a contract says how it is enforced",
    "version-number-not-text": "a number loses the last digit of 1.10",
}
HEAD = """\
# Where `pv validate` answers otherwise than upstream

Over {count} contracts ({originals} originals and {edited} edits of them) the answer, valid or not,
and the set of `SCHEMA-` codes are upstream's, except here. `tests/pv/contract/test_corpus.py`
asserts this table; it permits stricter answers, and only on the edits that it names.

| edit | contracts | upstream | pv | errors | why |
|---|---|---|---|---|---|
"""


class Answer(NamedTuple):
    is_valid: bool
    codes: frozenset[str]
    """The `SCHEMA-` codes."""
    errors: frozenset[str]


@cache
def verdicts() -> dict[Path, tuple[str, Answer]]:
    """Edit and upstream's answer for every file; the test is not run where there is no corpus."""
    if not CORPUS.is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CORPUS} is absent: nothing was compared with upstream")
        pytest.skip(f"not run: {CORPUS} is absent")
    found = {}
    for directory in ("contracts", "variants"):
        table = json.loads((CORPUS / directory / "verdicts.json").read_text("utf-8"))
        for name, verdict in table.items():
            answer = Answer(verdict["valid"], frozenset(verdict["rules"]), frozenset())
            found[CORPUS / directory / name] = (verdict.get("edit", "original"), answer)
    return found


@cache
def answer(file: Path) -> Answer:
    loaded = parse_contract(file.read_bytes(), f"contracts/{file.name}")
    findings = [f for rule in contract_rules() for f in rule.check_file(loaded)]
    errors = frozenset(f.code for f in findings if f.severity is Severity.ERROR)
    codes = frozenset(f.code for f in findings if f.code.startswith("SCHEMA-"))
    return Answer(not errors, codes, errors)


def differences() -> dict[Path, str]:
    """File -> edit, where the answers differ."""
    return {
        file: edit
        for file, (edit, upstream) in verdicts().items()
        if answer(file)[:2] != upstream[:2]
    }


def rendered() -> str:
    table = verdicts()
    originals = sum(edit == "original" for edit, _ in table.values())
    lines = [HEAD.format(count=len(table), originals=originals, edited=len(table) - originals)]
    rows = Counter(
        (
            edit,
            table[file][1].is_valid,
            answer(file).is_valid,
            ", ".join(sorted(answer(file).errors)),
        )
        for file, edit in differences().items()
    )
    words = {True: "valid", False: "invalid"}
    for (edit, theirs, ours, codes), count in sorted(rows.items()):
        lines.append(
            f"| {edit} | {count} | {words[theirs]} | {words[ours]} | {codes} | {WHY[edit]} |\n"
        )
    return "".join(lines)


def test_the_corpus_is_whole() -> None:
    assert len(verdicts()) == 259
    assert all(file.is_file() for file in verdicts())


def test_answers_are_upstreams_or_stricter_where_that_is_wanted() -> None:
    for file, edit in differences().items():
        assert edit in WHY, (file.name, answer(file))
        assert not answer(file).is_valid, file.name


def test_every_file_that_upstream_refuses_gives_one_finding() -> None:
    """None of the edits makes more than one thing wrong."""
    for file, (_, upstream) in verdicts().items():
        if not upstream.is_valid:
            assert len(answer(file).errors) == 1, (file.name, answer(file).errors)


def test_the_table_of_differences_is_current() -> None:
    verdicts()  # skips without a corpus
    assert DOCUMENT.read_text("utf-8") == rendered()
