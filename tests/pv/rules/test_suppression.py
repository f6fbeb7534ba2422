"""Suppressions: where they stand, what they take out, and what they never touch."""

import pytest

from pv.exit_code import UsageError
from pv.rules.engine import Judgement, Options, judge, judge_contracts
from pv.rules.example import CONTRACT, GREEN, TEST, Example

UNCITED = "\n\ndef falsify_abs_002_later(absval):{}\n    assert absval(0) == 0\n"
HUSH = "# pv: ignore[PV-VER-001] cited next month"
LINE = "  rule: never negative"
# A finding of a contract rule that refuses nothing: text that ends at a comment.
CUT = f"{LINE} # for sure"


@pytest.fixture
def verdict_of(project_of):
    """Judge an example with every rule armed."""

    def verdict(example: Example, **options) -> Judgement:
        return judge(project_of(example), Options(strict_test_binding=True, **options))

    return verdict


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    "function",
    [
        UNCITED.format(f"  {HUSH}"),
        UNCITED.format(f"  # noqa: D103  {HUSH}"),
        UNCITED.format("").replace("\ndef", f"\n{HUSH}\ndef"),
        UNCITED.format("").replace("\ndef", f"\n{HUSH}\n\n# and\n\ndef"),
    ],
)
def test_comment_on_the_line_or_alone_above_it(verdict_of, function):
    judgement = verdict_of(GREEN.append(TEST, function))
    assert codes(judgement.findings) == []
    assert codes(judgement.suppressed) == ["PV-VER-001"]


@pytest.mark.parametrize(
    "function",
    [
        UNCITED.format("").replace("== 0\n", f"== 0  {HUSH}\n"),
        UNCITED.format("").replace("\ndef", f"\nX = 1  {HUSH}\n\n\ndef"),
        UNCITED.format("").replace("absval)", f'absval, text="{HUSH}")'),
    ],
)
def test_comment_elsewhere_or_in_a_string_hushes_nothing(verdict_of, function):
    assert "PV-VER-001" in codes(verdict_of(GREEN.append(TEST, function)).findings)


def test_comment_in_a_contract(verdict_of):
    cut = verdict_of(GREEN.edit(CONTRACT, LINE, CUT))
    code = codes(cut.findings)[0]
    above = f"  # pv: ignore[{code}] it is meant to be short\n{CUT}"
    judgement = verdict_of(GREEN.edit(CONTRACT, LINE, above))
    assert (codes(judgement.findings), codes(judgement.suppressed)) == ([], [code])


@pytest.mark.parametrize(
    "text",
    [
        f'{LINE[:8]}"never {HUSH}"',
        f"{LINE[:8]}|\n    never\n    {HUSH}",
    ],
)
def test_text_of_a_contract_is_no_comment(verdict_of, text):
    assert codes(verdict_of(GREEN.edit(CONTRACT, LINE, text)).findings) == []


def test_comment_after_a_block_of_text_is_one(verdict_of):
    text = f"{LINE[:8]}|\n    never\n  {HUSH}"
    assert codes(verdict_of(GREEN.edit(CONTRACT, LINE, text)).findings) == ["PV-SUP-001"]


def test_several_codes_are_each_used_or_not(verdict_of):
    both = HUSH.replace("]", ", PV-VER-002]")
    judgement = verdict_of(GREEN.append(TEST, UNCITED.format(f"  {both}")))
    assert [(f.code, f.subject) for f in judgement.findings] == [("PV-SUP-001", "PV-VER-002")]


def test_rule_that_did_not_run_leaves_its_suppression_alone(verdict_of):
    example = GREEN.append(TEST, UNCITED.format(f"  {HUSH}"))
    assert codes(verdict_of(example, ignore=("PV-VER-001",)).findings) == []


def test_validate_judges_suppressions_of_contract_rules_only(project_of):
    unused = f"{LINE}  {HUSH}"
    project = project_of(GREEN.edit(CONTRACT, LINE, unused))
    assert codes(judge_contracts(project.contracts, Options()).findings) == []
    assert codes(judge(project, Options()).findings) == ["PV-SUP-001"]


def test_findings_about_suppressions_cannot_be_suppressed(verdict_of):
    hush = "# pv: ignore[PV-SUP-003] we know"
    found = verdict_of(GREEN.append(TEST, f"\n\nX = 1  {hush}\n")).findings
    assert codes(found) == ["PV-SUP-003"]


def test_what_was_not_read_can_be_neither_suppressed_nor_ignored(verdict_of):
    refused = verdict_of(GREEN.edit(CONTRACT, LINE, f"{LINE}\n  rul: x"))
    code = next(f.code for f in refused.findings if f.subject.endswith("rul"))
    hushed = GREEN.edit(CONTRACT, LINE, f"{LINE}\n  rul: x  # pv: ignore[{code}] we know")
    for options in ({}, {"select": ("PV-VER",)}, {"ignore": (code.rpartition("-")[0],)}):
        assert code in codes(verdict_of(hushed, **options).findings)
    assert "PV-SUP-003" in codes(verdict_of(hushed).findings)
    with pytest.raises(UsageError, match="always reported"):
        verdict_of(hushed, ignore=(code,))
