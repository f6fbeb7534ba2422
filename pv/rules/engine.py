"""Engine: runs the rules over a project, and weighs what they find."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from pv.contract.document import LoadedContract
from pv.exit_code import UsageError
from pv.finding import Finding, Severity
from pv.rules.base import BindingRule, ContractRule, LoaderRule, Rule
from pv.rules.codes import expand
from pv.rules.project import Project
from pv.rules.registry import all_rules
from pv.rules.suppression import Suppression, apply, in_contracts, in_project
from pv.rules.suppressions.base import SuppressionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which rules run, and how much they weigh."""

    select: tuple[str, ...] = ()
    """Codes or prefixes of the rules to run; none means all."""
    ignore: tuple[str, ...] = ()
    """Codes or prefixes of the rules to leave out."""
    strict: bool = False
    """Warnings weigh as errors; notes stay notes."""
    strict_test_binding: bool = False
    """Errors of binding rules weigh as errors, not as warnings."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules found, sorted, and what suppressions took out of it."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]


def judge(project: Project, options: Options) -> Judgement:
    """Run every chosen rule over ``project``; without a contract there is nothing to judge by."""
    rules = _chosen(options, project.workspace.config.ignore)
    if not project.contracts:
        return Judgement((), ())

    def findings(rule: Rule) -> Iterator[Finding]:
        return rule.check(project)

    return _judge(rules, findings, in_project(project), project.contracts, options)


def judge_contracts(
    contracts: tuple[LoadedContract, ...], options: Options, ignore: tuple[str, ...] = ()
) -> Judgement:
    """Run the chosen rules that look at one contract at a time; ``ignore`` is the project's."""
    rules = _chosen(options, ignore)

    def findings(rule: Rule) -> Iterator[Finding]:
        if isinstance(rule, ContractRule):
            for loaded in contracts:
                yield from rule.check_file(loaded)

    rules = tuple(rule for rule in rules if isinstance(rule, ContractRule | SuppressionRule))
    return _judge(rules, findings, in_contracts(contracts), contracts, options)


def _judge(
    rules: tuple[Rule, ...],
    findings_of: Callable[[Rule], Iterator[Finding]],
    suppressions: tuple[Suppression, ...],
    contracts: Iterable[LoadedContract],
    options: Options,
) -> Judgement:
    _check_problems_have_rules(contracts)
    found = [_weighed(f, rule, options) for rule in rules for f in findings_of(rule)]
    last = [rule for rule in rules if isinstance(rule, SuppressionRule)]
    judged = frozenset(rule.code for rule in rules) - {rule.code for rule in last}
    applied = apply(found, suppressions, judged, _suppressible())
    closing = [_weighed(f, rule, options) for rule in last for f in rule.check_applied(applied)]
    return Judgement(_sorted([*applied.kept, *closing]), _sorted(applied.suppressed))


def _chosen(options: Options, ignored_by_project: tuple[str, ...]) -> tuple[Rule, ...]:
    rules = all_rules()
    selected = expand(options.select, rules, "--select") if options.select else rules.keys()
    left_out = _left_out(options.ignore, "--ignore")
    left_out |= _left_out(ignored_by_project, "pyproject.toml: [tool.pv] ignore")
    return tuple(
        rule
        for code, rule in rules.items()
        if is_refusal(rule) or (code in selected and code not in left_out)
    )


def _left_out(given: tuple[str, ...], source: str) -> frozenset[str]:
    for code in given:
        if code in all_rules() and is_refusal(all_rules()[code]):
            raise UsageError(
                f"{source}: {code} is about what cannot be read; it is always reported"
            )
    return expand(given, all_rules(), source)


def is_refusal(rule: Rule) -> bool:
    """True for the errors of the loader, which can be neither ignored nor suppressed.

    What they are about was not read, so no other rule judged it: to leave them out would show
    the silence of the others as an approval.
    """
    return isinstance(rule, LoaderRule) and rule.severity is Severity.ERROR


def _weighed(finding: Finding, rule: Rule, options: Options) -> Finding:
    severity = finding.severity
    is_disarmed = isinstance(rule, BindingRule) and not options.strict_test_binding
    if is_disarmed and severity is Severity.ERROR:
        severity = Severity.WARNING
    if options.strict and severity is Severity.WARNING:
        severity = Severity.ERROR
    return finding if severity is finding.severity else replace(finding, severity=severity)


def _check_problems_have_rules(contracts: Iterable[LoadedContract]) -> None:
    """A problem that no rule reports would be a refusal in silence."""
    names = {rule.name for rule in all_rules().values() if isinstance(rule, LoaderRule)}
    for loaded in contracts:
        for problem in loaded.problems:
            if problem.rule not in names:
                raise RuntimeError(f"{loaded.path}: no rule reports the problem {problem.rule!r}")


def _suppressible() -> frozenset[str]:
    return frozenset(
        code
        for code, rule in all_rules().items()
        if not isinstance(rule, SuppressionRule) and not is_refusal(rule)
    )


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(findings), key=lambda finding: finding.sort_key))
