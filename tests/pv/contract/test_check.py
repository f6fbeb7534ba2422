"""The form of a contract: one bad thing, one finding, at its place, with the edit."""

from __future__ import annotations

import pytest

from pv.contract.load import parse_contract
from pv.contract.model import Contract
from pv.finding import Finding, Severity
from pv.rules.example import CONTRACT, GREEN
from pv.rules.registry import contract_rules
from pv.rules.schema.upstream import UPSTREAM

GREEN_TEXT = str(GREEN.files[CONTRACT])
UPSTREAM_TEXT = str(UPSTREAM.files[CONTRACT])


def findings(text: str) -> list[Finding]:
    loaded = parse_contract(text.encode(), CONTRACT)
    return [finding for rule in contract_rules() for finding in rule.check_file(loaded)]


def only_finding(text: str) -> Finding:
    (finding,) = findings(text)
    return finding


def contract_of(text: str) -> Contract:
    contract = parse_contract(text.encode(), CONTRACT).contract
    assert contract is not None
    return contract


def edited(old: str, new: str, text: str = UPSTREAM_TEXT) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def test_the_examples_are_clean() -> None:
    assert findings(GREEN_TEXT) == findings(UPSTREAM_TEXT) == []


# One edit of the upstream example -> the one finding it gives: code, line, column.
@pytest.mark.parametrize(
    ("old", "new", "code", "line", "column"),
    [
        ("metadata:\n", "metadata:\n  git_sha: 12e4567\n", "SCHEMA-020", 2, 3),
        ('"1.0.0"', "[1, 0]", "PV-TYPE-001", 2, 12),
        ('"1.0.0"', "", "SCHEMA-002", 2, 11),
        ('"1.0.0"', "1.10", "PV-TYPE-005", 2, 12),
        ("[any textbook]", "any textbook", "PV-TYPE-001", 4, 15),
        ("[any textbook]", "[any textbook, 2021]", "PV-TYPE-005", 4, 30),
        ("[any textbook]", "null", "PV-TYPE-001", 4, 15),
        ("  references: [any textbook]\n", "", "SCHEMA-001", 2, 3),
        ("  description: absolute value\n", "", "PV-KEY-001", 1, 1),
        ('"f(x) = |x|"', "{x | x>0}", "PV-TYPE-001", 7, 14),
        ('"f(x) = |x|"', "", "SCHEMA-004", 7, 13),
        ('    formula: "f(x) = |x|"\n', "    domain: R\n", "PV-KEY-001", 6, 3),
        ('formula: "f(x) = |x|"', 'formulae: "f(x) = |x|"', "SCHEMA-019", 7, 5),
        (
            "equations:\n  absval:\n    form",
            "equations:\n- id: absval\n  form",
            "PV-TYPE-001",
            6,
            1,
        ),
        ("type: bound", "type: bund", "PV-TYPE-002", 9, 10),
        ("type: bound", "type: null", "PV-TYPE-001", 9, 10),
        ("type: bound", "type: bound, tolerance: 1e-5x", "PV-TYPE-001", 9, 28),
        ("type: bound", "type: bound, tolerance: '1e-5'", "PV-TYPE-001", 9, 28),
        ("type: bound", "type: bound, tolerance: .nan", "PV-TYPE-004", 9, 28),
        ("type: bound", "type: bound, tolerance: -1e-5", "PV-TYPE-003", 9, 28),
        ("property: never", "statement: never", "PV-KEY-002", 9, 17),
        ("formal: ", "verification: ", "PV-KEY-002", 9, 43),
        ("- id: FALSIFY-ABS-001\n  rule", "- rule", "PV-KEY-001", 11, 3),
        ("prediction:", "predicton:", "SCHEMA-019", 13, 3),
        ("prediction:", "expected:", "PV-KEY-002", 13, 3),
        ("if_fails:", "fails_if:", "PV-KEY-002", 15, 3),
        ("rule:", "description:", "PV-KEY-002", 12, 3),
        ("rule:", "name:", "PV-KEY-002", 12, 3),
        ("  test:", "  command:", "PV-KEY-002", 14, 3),
        ("  test:", "  test_harness:", "PV-KEY-002", 14, 3),
        ("  test:", "  raises: ValueError\n  test:", "PV-KEY-004", 14, 3),
        ("  test:", "  discharge_status: LIVE\n  test:", "PV-KEY-006", 14, 3),
        ("falsification_tests:", "falsifications:", "PV-KEY-002", 10, 1),
        ("falsification_tests:", "Falsification-Tests:", "SCHEMA-019", 10, 1),
        ("bound: 8", "bound: 8.0", "PV-TYPE-001", 17, 57),
        ("bound: 8", "bound: 4294967296", "PV-TYPE-003", 17, 57),
        ("bound: 8", "bound: 8, strategy: lazy", "PV-TYPE-002", 17, 70),
        ("qa_gate:", "kind: kernel\nqa_gate:", "SCHEMA-018", 18, 1),
        ("qa_gate:", "status: LIVE\nqa_gate:", "PV-KEY-002", 18, 1),
        ("qa_gate:", "beat: {}\nqa_gate:", "PV-KEY-003", 18, 1),
        ("qa_gate:", "tensors: {}\nqa_gate:", "PV-KEY-005", 18, 1),
        ("qa_gate:", "weights: {}\nqa_gate:", "SCHEMA-020", 18, 1),
        ("name: absolute value}", "<<: {name: absolute value}}", "PV-YAML-007", 18, 26),
        ("name: absolute value}", "name: !absolute value}", "PV-YAML-008", 18, 32),
        ("- id: FALSIFY-ABS-001\n", "- id: FALSIFY-ABS-001\n  id: X-1\n", "PV-YAML-006", 12, 3),
    ],
)
def test_one_bad_thing_gives_one_finding(
    old: str, new: str, code: str, line: int, column: int
) -> None:
    finding = only_finding(edited(old, new))
    assert (finding.code, finding.location.line, finding.location.column) == (code, line, column)
    assert finding.suggestion


def test_text_keeps_its_source() -> None:
    text = edited('"1.0.0"', "1.10").replace("[any textbook]", "[12e4567, 0123456, 2026-05-04]")
    metadata = contract_of(text).metadata
    assert metadata.version == "1.10"
    assert metadata.references == ("12e4567", "0123456", "2026-05-04")


def test_extensions_are_free_in_every_mapping_with_fixed_keys() -> None:
    text = edited("metadata:\n", "x-owner: me\nmetadata:\n  x-note: {any: [thing]}\n")
    text = text.replace("  rule:", "  x-seen: 3\n  rule:")
    assert findings(text) == []


def test_a_bad_list_item_is_left_out_and_the_others_keep_their_places() -> None:
    text = edited("falsification_tests:\n", "falsification_tests:\n- 3\n")
    text = text.replace('prediction: "f(x) >= 0"', 'prediction: ""')
    assert [(f.code, f.location.line) for f in findings(text)] == [
        ("PV-TYPE-001", 11),
        ("SCHEMA-008", 14),
    ]


def test_a_bad_optional_field_is_left_out_alone() -> None:
    text = edited("type: bound", "type: bund, tolerance: 1e-5")
    (obligation,) = contract_of(text).proof_obligations
    assert (obligation.type, obligation.tolerance) == ("invariant", 1e-5)


def test_a_misspelt_block_is_judged_as_the_one_that_was_meant() -> None:
    text = edited("falsification_tests:", "falsifcation_tests:").replace('"f(x) >= 0"\n', '""\n')
    assert [f.code for f in findings(text)] == ["SCHEMA-008", "SCHEMA-019"]


def test_a_guess_that_cannot_be_right_is_not_judged() -> None:
    text = edited("falsification_tests:", "falsification_test_s: 3\nx-old:")
    assert only_finding(text).code == "SCHEMA-019"


def test_without_equations_there_is_no_contract() -> None:
    text = UPSTREAM_TEXT[: UPSTREAM_TEXT.index("equations:")]
    loaded = parse_contract(text.encode(), CONTRACT)
    assert loaded.contract is None
    assert [problem.rule for problem in loaded.problems] == ["missing-key"]


def test_subjects_name_entries_by_their_id() -> None:
    finding = only_finding(edited("  test:", "  tset:"))
    assert finding.subject == "falsification_tests.FALSIFY-ABS-001.tset"


@pytest.mark.parametrize("owed", ["", "proof_obligations:\n- {property: a}\n- {property: b}\n"])
def test_what_upstreams_style_owes_is_a_warning(owed: str) -> None:
    start, end = UPSTREAM_TEXT.index("proof_obligations:"), UPSTREAM_TEXT.index("falsification")
    finding = only_finding(UPSTREAM_TEXT[:start] + owed + UPSTREAM_TEXT[end:])
    assert (finding.code, finding.severity) == ("PROVABILITY-001", Severity.WARNING)


def test_params_may_be_nested_lists() -> None:
    text = edited("{largest: 3}", "{largest: 3, shapes: [[1, 2], [3]], on: true}", GREEN_TEXT)
    assert findings(text) == []


@pytest.mark.parametrize("value", ["null", "{a: 1}", "[1, [.nan]]"])
def test_params_are_plain(value: str) -> None:
    text = edited("{largest: 3}", f"{{largest: 3, other: {value}}}", GREEN_TEXT)
    assert only_finding(text).code == "PV-PAR-004"
