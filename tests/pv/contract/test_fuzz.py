"""Whatever the bytes are: a LoadedContract, problems with rules, positions inside the file."""

from __future__ import annotations

import json
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from pv.contract.document import LoadedContract, Span
from pv.contract.load import parse_contract
from pv.rules.base import LoaderRule
from pv.rules.example import CONTRACT, GREEN
from pv.rules.registry import contract_rules
from pv.rules.schema.upstream import UPSTREAM

RULES = contract_rules()
LOADER_RULES = {rule.name for rule in RULES if isinstance(rule, LoaderRule)}
SEEDS = [str(example.files[CONTRACT]) for example in (GREEN, UPSTREAM)]
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

# Pieces that YAML and the schema care about, so that random text goes deep.
WORDS = """
metadata: equations: falsification_tests: proof_obligations: mutants: params: test: with: status:
kind: expected: version: formula: falsification: - [ ] { } , : ? & &a * *a ! !x | > ' " % @ ` # <<
~ null 1e400 .nan -1 0x1f [] {} x-y
"""
BLANKS = ["\n", "\n  ", "\n- ", " ", ": ", "\t", "\r\n", "\u2028", "\ufeff", "\0"]
PIECES = st.sampled_from([*WORDS.split(), *BLANKS])
YAML_TEXT = st.lists(PIECES | st.text(max_size=3), max_size=60).map("".join)


def inside(span: Span, lines: list[str]) -> bool:
    return (
        1 <= span.line <= len(lines)
        and 1 <= span.column <= len(lines[span.line - 1]) + 1
        and 1 <= span.end_line <= len(lines)
        and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


def judge(data: bytes) -> LoadedContract:
    """Load, run every rule, and check what holds for all results."""
    loaded = parse_contract(data, CONTRACT)
    text = data.decode("utf-8-sig", "replace")
    lines = LINE_BREAK.split(text)
    findings = [finding for rule in RULES for finding in rule.check_file(loaded)]
    for problem in loaded.problems:
        assert problem.rule in LOADER_RULES
        assert inside(problem.span, lines), problem
    for span in (*loaded.document.values.values(), *loaded.document.keys.values()):
        assert inside(span, lines), span
    assert findings or loaded.contract is not None
    return loaded


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    judge(data)


@settings(deadline=None, max_examples=100)
@given(YAML_TEXT)
def test_random_yaml(text: str) -> None:
    judge(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SEEDS), st.data())
def test_mutated_contracts(seed: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(seed)))
        end = min(len(seed), start + data.draw(st.integers(0, 12)))
        seed = seed[:start] + data.draw(PIECES | st.text(max_size=2)) + seed[end:]
    judge(seed.encode("utf-8", "surrogatepass"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(SEEDS), JSON, st.data())
def test_any_value_in_any_place(seed: str, value: object, data: st.DataObject) -> None:
    """One value of the data is replaced; the file stays YAML."""
    document = parse_contract(seed.encode(), CONTRACT).document
    path = data.draw(st.sampled_from([p for p in document.values if p]))
    holder = document.value(path[:-1])
    holder[path[-1]] = value
    judge(json.dumps(document.data).encode())
