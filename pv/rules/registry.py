"""The rules there are, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import MappingProxyType

import pv.rules
from pv.rules.base import ContractRule, Rule


@cache
def all_rules() -> MappingProxyType[str, Rule]:
    """Every rule by code, in order; two rules with one code or name are a programming error."""
    found: dict[str, Rule] = {}
    names: dict[str, str] = {}
    for info in pkgutil.walk_packages(pv.rules.__path__, "pv.rules."):
        for value in vars(importlib.import_module(info.name)).values():
            if not _is_rule_of(value, info.name):
                continue
            rule = value()
            if rule.code in found or rule.name in names:
                raise RuntimeError(f"rule {rule.code} ({rule.name}) is defined twice")
            found[rule.code] = rule
            names[rule.name] = rule.code
    return MappingProxyType(dict(sorted(found.items())))


def contract_rules() -> tuple[ContractRule, ...]:
    """The rules of ``pv validate``: those that look at one file at a time."""
    return tuple(rule for rule in all_rules().values() if isinstance(rule, ContractRule))


def _is_rule_of(value: object, module: str) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Rule)
        and value.__module__ == module
        and "code" in vars(value)
    )
