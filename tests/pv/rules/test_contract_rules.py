"""The rules of `pv validate`, without a project around the contract: each on its examples."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from pv.cache import Cache
from pv.contract.load import load_contracts, parse_contract
from pv.finding import Finding
from pv.rules.base import ContractRule, LoaderRule
from pv.rules.example import CONTRACT, Example
from pv.rules.registry import contract_rules

RULES = [pytest.param(rule, id=rule.code) for rule in contract_rules()]


def findings(example: Example) -> list[Finding]:
    with tempfile.TemporaryDirectory() as name:
        root = example.write_to(Path(name))
        (loaded,) = load_contracts(root, [root / CONTRACT], Cache())
    return [finding for rule in contract_rules() for finding in rule.check_file(loaded)]


@pytest.mark.parametrize("rule", RULES)
def test_bad_fires_exactly_its_code(rule: ContractRule) -> None:
    assert {finding.code for finding in findings(rule.bad)} == {rule.code}


@pytest.mark.parametrize("rule", RULES)
def test_good_fires_nothing(rule: ContractRule) -> None:
    assert findings(rule.good) == []


def test_upstreams_codes_are_all_there() -> None:
    codes = {rule.code for rule in contract_rules()}
    assert codes >= {f"SCHEMA-{number:03}" for number in range(1, 24)} | {"PROVABILITY-001"}


def test_loader_rules_leave_the_contract_to_the_others() -> None:
    for rule in contract_rules():
        if isinstance(rule, LoaderRule):
            loaded = parse_contract(str(rule.good.files[CONTRACT]).encode(), CONTRACT)
            assert loaded.contract is not None
            assert list(rule.check_contract(loaded, loaded.contract)) == []
