"""Upstream's blocks: read so that its contracts load and judged for form, never for credit.

They are no looser than upstream's own types: what its reader refuses is refused here too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pv.contract.fields import CONFIG, Count, Items, Text, Tolerance

ObligationType = Literal[
    "invariant",
    "equivalence",
    "bound",
    "monotonicity",
    "idempotency",
    "linearity",
    "symmetry",
    "associativity",
    "conservation",
    "ordering",
    "completeness",
    "soundness",
    "involution",
    "determinism",
    "roundtrip",
    "state_machine",
    "classification",
    "independence",
    "termination",
    "safety",
    "liveness",
    "precondition",
    "postcondition",
    "frame",
    "loop_invariant",
    "loop_variant",
    "old_state",
    "subcontract",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeanProof:
    """A formal proof that upstream cites; inert."""

    __pydantic_config__ = CONFIG

    theorem: Text
    """Name of the theorem."""
    module: Text | None = None
    """Lean module."""
    status: Literal["proved", "sorry", "wip", "not-applicable"] = "sorry"
    """Typed claim; inert."""
    depends_on: Items = ()
    """Lemmas."""
    mathlib_imports: Items = ()
    """Imports."""
    notes: Text | None = None
    """Prose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """A property that is owed."""

    __pydantic_config__ = CONFIG

    property: Text
    """The property, in words."""
    type: ObligationType = "invariant"
    """The sort of property."""
    id: Text | None = None
    """Name of the obligation."""
    formal: Text | None = None
    """The property, in symbols."""
    applies_to: Text | None = None
    """`all`, `scalar`, `simd`, `converter`, `not_applicable`, an equation or an implementation."""
    tolerance: Tolerance | None = None
    """Tolerance, finite and not negative."""
    na_reason: Text | None = None
    """Why the obligation does not apply (only with `applies_to: not_applicable`)."""
    na_owner: Text | None = None
    """Who answers for that (only with `applies_to: not_applicable`)."""
    requires: Text | None = None
    """Precondition (only with type postcondition)."""
    applies_to_phase: Text | None = None
    """Phase of `kernel_structure` (only with type loop_invariant or loop_variant)."""
    parent_contract: Text | None = None
    """Contract that is refined (only with type subcontract)."""
    lean: LeanProof | None = None
    """Upstream's Lean proof; inert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KaniHarness:
    """A bounded model check."""

    __pydantic_config__ = CONFIG

    id: Text
    """Unique in the contract."""
    obligation: Text
    """Obligation that the harness is for."""
    property: Text | None = None
    """The property, in words."""
    bound: Count | None = None
    """Unwinding bound."""
    strategy: Literal["exhaustive", "stub_float", "compositional", "bounded_int"] | None = None
    """How the state space is bounded."""
    solver: Text | None = None
    """SAT solver."""
    harness: Text | None = None
    """Name of the proof function."""
    description: Text | None = None
    """Prose."""
    actually_verified: Any = None
    """Upstream's typed claim; inert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QaGate:
    """A gate in words; inert: `pv gate` is the gate."""

    __pydantic_config__ = CONFIG

    id: Text
    """Name of the gate."""
    name: Text
    """Title."""
    description: Text | None = None
    """Prose."""
    checks: Items = ()
    """Names of checks."""
    pass_criteria: Text | None = None
    """Prose."""
    falsification: Text | None = None
    """A mutation in prose; declare a mutant instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A step of a kernel, cited by loop obligations."""

    __pydantic_config__ = CONFIG

    name: Text
    """Name of the phase."""
    description: Text
    """What it does."""
    invariant: Text | None = None
    """What holds after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelStructure:
    """The steps of a kernel."""

    __pydantic_config__ = CONFIG

    phases: tuple[Phase, ...]
    """The steps, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnforcementRule:
    """An enforcement note; inert."""

    __pydantic_config__ = CONFIG

    description: Text
    """Prose."""
    check: Text | None = None
    """A check that upstream names and does not resolve."""
    severity: Text | None = None
    """Free text."""
    reference: Text | None = None
    """Source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSummary:
    """Counts typed by hand; inert: `pv status` computes them."""

    __pydantic_config__ = CONFIG

    total_obligations: Count
    """Obligations."""
    l2_property_tested: Count = 0
    """Claimed to be tested."""
    l3_kani_proved: Count = 0
    """Claimed to be model-checked."""
    l4_lean_proved: Count = 0
    """Claimed to be proved."""
    l4_sorry_count: Count = 0
    """Proofs with a hole."""
    l4_not_applicable: Count = 0
    """Claimed to need no proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeInvariant:
    """A predicate on a type; inert."""

    __pydantic_config__ = CONFIG

    name: Text
    """Name."""
    type: Text
    """Type."""
    predicate: Text
    """Predicate."""
    description: Text | None = None
    """Prose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoqDefinition:
    """A Coq definition; inert."""

    __pydantic_config__ = CONFIG

    name: Text
    """Name."""
    statement: Text
    """Statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoqObligation:
    """A Coq lemma for an obligation; inert."""

    __pydantic_config__ = CONFIG

    links_to: Text
    """The obligation."""
    coq_lemma: Text
    """The lemma."""
    status: Text = "stub"
    """Typed claim; inert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoqSpec:
    """A Coq module; inert."""

    __pydantic_config__ = CONFIG

    module: Text
    """Name of the module."""
    imports: Items = ()
    """Imports."""
    definitions: tuple[CoqDefinition, ...] = ()
    """Definitions."""
    obligations: tuple[CoqObligation, ...] = ()
    """Lemmas."""
