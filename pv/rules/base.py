"""Rule: a code, a reason, a bad and a good example, and a check."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar

from pv.binding.module import Assertion, Function
from pv.binding.resolve import Binding
from pv.binding.verdict import Unresolved, Verdict
from pv.contract.document import DataPath, LoadedContract, Span
from pv.contract.model import Contract
from pv.finding import Finding, Location, Severity
from pv.rules.example import Example
from pv.rules.project import Project


class Rule(ABC):
    """What is wrong, why that matters, and how it looks; without examples it cannot be imported.

    ``bad`` must make the rule, and no other, report a finding; ``good`` must make none.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    why: ClassVar[str]
    bad: ClassVar[Example]
    good: ClassVar[Example]

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if abstract:
            return
        missing = [a for a in ("code", "name", "why", "bad", "good") if not hasattr(cls, a)]
        if missing:
            raise TypeError(f"rule {cls.__name__} lacks {', '.join(missing)}")

    @abstractmethod
    def check(self, project: Project) -> Iterator[Finding]:
        """Yield the findings of this rule in ``project``."""

    def finding(
        self,
        message: str,
        location: Location,
        *,
        subject: str = "",
        suggestion: str = "",
        related: tuple[Location, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """Build a finding with this rule's code and severity."""
        return Finding(
            self.code,
            severity or self.severity,
            message,
            location,
            subject=subject,
            suggestion=suggestion,
            related=related,
        )


class ContractRule(Rule, abstract=True):
    """A rule that looks at one contract at a time; ``pv validate`` runs these."""

    def check(self, project: Project) -> Iterator[Finding]:
        """Check every contract that loaded."""
        for loaded in project.contracts:
            yield from self.check_file(loaded)

    def check_file(self, loaded: LoadedContract) -> Iterator[Finding]:
        """Check one file; those that the schema refused have no contract to look at."""
        if loaded.contract is not None:
            yield from self.check_contract(loaded, loaded.contract)

    @abstractmethod
    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Yield the findings of this rule in one contract."""

    def at(
        self,
        loaded: LoadedContract,
        path: DataPath,
        message: str,
        *,
        key: bool = False,
        suggestion: str = "",
        related: tuple[Location, ...] = (),
    ) -> Finding:
        """Finding at the value (or key) of ``path``, which is its subject."""
        return self.finding(
            message,
            loaded.document.location(path, key=key),
            subject=loaded.document.subject(path),
            suggestion=suggestion,
            related=related,
        )


class LoaderRule(ContractRule, abstract=True):
    """A rule whose cases the loader itself meets: it reports the problems of its own name."""

    def check_file(self, loaded: LoadedContract) -> Iterator[Finding]:
        """Turn the loader's problems of this rule into findings."""
        for problem in loaded.problems:
            if problem.rule == self.name:
                yield self.finding(
                    problem.message,
                    loaded.document.at(problem.span),
                    subject=problem.subject,
                    suggestion=problem.suggestion,
                    related=tuple(loaded.document.at(span) for span in problem.related),
                )

    def check_contract(self, loaded: LoadedContract, contract: Contract) -> Iterator[Finding]:
        """Nothing more: ``check_file`` has it all."""
        return iter(())


class BindingRule(Rule, abstract=True):
    """A rule about the tie between falsifiers and tests.

    Its errors weigh as warnings until ``--strict-test-binding`` arms them.
    """


class VerdictRule(BindingRule, abstract=True):
    """A rule for one verdict of the resolver: it reports the citations that got it."""

    verdict: ClassVar[Verdict]

    def check(self, project: Project) -> Iterator[Finding]:
        """Report every citation whose verdict is this rule's."""
        for binding in project.bindings:
            target = binding.target
            if isinstance(target, Unresolved) and target.verdict is self.verdict:
                yield self.finding(
                    f"{binding.falsifier.id}: {target.message}",
                    binding.loaded.document.location(binding.where),
                    subject=binding.falsifier.id,
                    suggestion=target.suggestion,
                )


class FunctionRule(BindingRule, abstract=True):
    """A rule about the code of the functions that falsifiers are bound to."""

    def check(self, project: Project) -> Iterator[Finding]:
        """Check every bound function once."""
        seen = set()
        for binding in project.bindings:
            function = binding.function
            if function is not None and function.node_id not in seen:
                seen.add(function.node_id)
                yield from self.check_function(project, binding, function)

    @abstractmethod
    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Yield the findings of this rule in one bound function."""

    def in_test(
        self, function: Function, span: Span, message: str, *, suggestion: str = ""
    ) -> Finding:
        """Finding at a place in the test file; the function is its subject."""
        return self.finding(
            message,
            Location(function.path, span.line, span.column, span.end_line, span.end_column),
            subject=function.node_id,
            suggestion=suggestion,
        )


class AssertionRule(FunctionRule, abstract=True):
    """A rule about single assertions of a bound function and of the helpers that it calls."""

    complaint: ClassVar[str]

    def check_function(
        self, project: Project, binding: Binding, function: Function
    ) -> Iterator[Finding]:
        """Report each assertion that the rule objects to."""
        for code in project.test_code(function):
            for assertion in code.assertions:
                if self.objects_to(assertion):
                    message = f"{code.name}: {self.complaint}: {assertion.text}"
                    yield self.in_test(code, assertion.span, message)

    @abstractmethod
    def objects_to(self, assertion: Assertion) -> bool:
        """Whether the assertion has the fault."""
