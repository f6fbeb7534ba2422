"""Every rule there is, on its own two examples, with the whole engine."""

import pytest

from pv.exit_code import UsageError
from pv.rules.base import BindingRule
from pv.rules.codes import expand
from pv.rules.explain import as_markdown, as_text
from pv.rules.registry import all_rules

RULES = [pytest.param(rule, id=code) for code, rule in all_rules().items()]


@pytest.mark.parametrize("rule", RULES)
def test_bad_example_fires_the_rule_and_no_other(rule, findings_in):
    assert {finding.code for finding in findings_in(rule.bad)} == {rule.code}


@pytest.mark.parametrize("rule", RULES)
def test_good_example_is_clean(rule, findings_in):
    assert findings_in(rule.good) == ()


@pytest.mark.parametrize("rule", RULES)
def test_finding_says_where_and_what(rule, findings_in):
    for finding in findings_in(rule.bad):
        assert finding.location.path in rule.bad.files
        assert finding.location.line >= 1
        assert finding.message
        assert not finding.message.endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_explanation_shows_reason_and_both_examples(rule):
    for text in (as_text(rule), as_markdown(rule)):
        assert rule.code in text
        assert rule.why in text
        assert "Wrong" in text
        assert "Right" in text


def test_examples_of_a_rule_differ():
    same = [code for code, rule in all_rules().items() if rule.bad == rule.good]
    assert same == []


def test_prefix_stands_for_whole_parts_only():
    known = ["PV-VER-001", "PV-VER-002", "SCHEMA-001"]
    assert expand(["PV-VER"], known, "x") == {"PV-VER-001", "PV-VER-002"}
    with pytest.raises(UsageError):
        expand(["PV-VE"], known, "x")


def test_binding_rules_have_binding_codes():
    rules = all_rules().values()
    codes = [rule.code for rule in rules if isinstance(rule, BindingRule)]
    assert [code for code in codes if not code.startswith("PV-VER-")] == []
