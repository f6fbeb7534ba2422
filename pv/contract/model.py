"""The contract schema, as data classes: the one source for validation, JSON Schema and typing.

pydantic validates these classes (see ``check``), but this module does not import it: a warm
lint unpickles contracts without paying for the validator. Keys that the tool reads are typed;
blocks that upstream tools read and ``pv`` does not judge are typed loosely and called inert.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import annotated_types as at

from pv.contract.fields import CONFIG, Items, Text, Tolerance
from pv.contract.upstream import (
    CoqSpec,
    EnforcementRule,
    KaniHarness,
    KernelStructure,
    Obligation,
    QaGate,
    TypeInvariant,
    VerificationSummary,
)

Status = Literal["PROPOSED", "PARTIAL_ALGORITHM_LEVEL", "FUNCTIONAL", "DISCHARGED"]

Kind = Literal[
    "kernel",
    "registry",
    "model-family",
    "model-family-variant",
    "tokenizer",
    "training-loop",
    "pretraining-corpus",
    "training-precondition-gate",
    "corpus-assembly",
    "pattern",
    "schema",
    "beat-benchmark",
    "kaizen",
    "competitive-parity",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Who the contract is: version, description, sources, declared status."""

    __pydantic_config__ = CONFIG

    version: Text
    """Version of the contract, quoted (`"1.0.0"`)."""
    description: Text
    """One sentence: what the contract is about."""
    references: Items = ()
    """Papers, specifications and issues that the equations come from; at least one."""
    depends_on: Items = ()
    """Stems of the contracts that this one builds on."""
    status: Text | None = None
    """Declared status; an error if above what can be shown."""
    kind: Kind = "kernel"
    """What sort of contract this is; every kind is held to the same rules."""
    registry: bool = False
    """Upstream's exemption flag; exempts from nothing here."""
    enforcement_level: Literal["basic", "standard", "strict", "proven"] | None = None
    """Upstream's minimum level; inert."""
    locked_level: Text | None = None
    """Upstream's ratchet level; inert."""
    competitor: Text | None = None
    """Upstream's demand registry; inert."""
    demand_score: Annotated[int, at.Ge(1), at.Le(5)] | None = None
    """Upstream's demand registry, 1 to 5; inert."""
    intake_status: Text | None = None
    """Upstream's demand registry; inert."""
    valid_under: dict[str, Any] | None = None
    """Upstream's declared environment; inert (a falsifier's `world` is checked)."""
    created: Text | None = None
    """Date of creation, as text; inert."""
    last_modified: Text | None = None
    """Date of the last change, as text; inert."""
    author: Text | None = None
    """Author; inert."""
    proved_type: Text | None = None
    """Upstream's prose; inert."""
    spec: Text | None = None
    """Upstream's prose; inert."""
    epic: Text | None = None
    """Upstream's prose; inert."""
    changelog: Any = None
    """Upstream's prose; inert."""
    status_history: Any = None
    """Upstream's prose; inert."""
    amendment_history: Any = None
    """Upstream's prose; inert."""
    lessons_learned: Any = None
    """Upstream's prose; inert."""
    related_contracts: Items = ()
    """Stems of related contracts; inert."""
    parity_matrix_kind: Text | None = None
    """Upstream's prose; inert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """A named callable that claims to carry out an equation."""

    __pydantic_config__ = CONFIG

    target: Text
    """`module:attribute`, inside the project."""
    dtype: Text | None = None
    """Element type the implementation computes in, where it has only one."""
    backend: Literal["cpu", "gpu"] | None = None
    """Device kind the implementation needs, where it needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A formula with its domain, codomain and invariants."""

    __pydantic_config__ = CONFIG

    formula: Text
    """The formula, in the notation of the reference."""
    signature: Text | None = None
    """Keyword arguments that every implementation takes, `(x, temperature)`."""
    domain: Text | None = None
    """Arguments for which the formula holds."""
    codomain: Text | None = None
    """Where the result lies."""
    invariants: Items = ()
    """Properties that hold for every argument of the domain."""
    implementations: Items = ()
    """Names of the implementations that carry the equation out."""
    preconditions: Items = ()
    """Upstream's inert text."""
    postconditions: Items = ()
    """Upstream's inert text."""
    lean_theorem: Text | None = None
    """Upstream's inert text."""
    float_tolerance: Tolerance | None = None
    """Upstream's tolerance; inert (numbers that a test uses stand in its `params`)."""
    assumes: Any = None
    """Upstream's links between contracts; inert."""
    guarantees: Any = None
    """Upstream's links between contracts; inert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What must be there for a falsifier to run."""

    __pydantic_config__ = CONFIG

    backend: Literal["cpu", "gpu"] | None = None
    """Device kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """A cell that is left out, with its reason."""

    __pydantic_config__ = CONFIG

    implementation: Text
    """Name of the implementation."""
    reason: Text
    """Why the falsifier cannot run on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Falsifier:
    """A prediction with an id, bound to the pytest functions that try to refute it."""

    __pydantic_config__ = CONFIG

    id: Text
    """Unique in the tree, `FALSIFY-ABS-001`."""
    rule: Text
    """The property, in a few words."""
    prediction: Text
    """What will be observed; what the test checks."""
    if_fails: Text
    """What is broken when the prediction fails."""
    test: Text | Items | None = None
    """`path::function` or `path::Class::method`, or a list of them."""
    covers: Items = ()
    """Equations; the falsifier runs once for each of their implementations."""
    level: Literal["algorithm", "integration", "live"] = "algorithm"
    """`integration` goes through the user's command, `live` needs the real world."""
    world: World | None = None
    """What must be there for the falsifier to run."""
    params: dict[str, Any] | None = None
    """Numbers and names that the test reads; the only place where they stand."""
    mutants: Items = ()
    """Ids of the mutants that must turn this falsifier red."""
    excused: tuple[Excuse, ...] = ()
    """Cells that are left out, each with its reason."""
    obligation: Text | None = None
    """Id of the obligation that this falsifier pays."""

    @property
    def citations(self) -> tuple[str, ...]:
        """The cited tests as a tuple, whichever way they are written."""
        if self.test is None:
            return ()
        return (self.test,) if isinstance(self.test, str) else self.test


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A declared fault: an edit of an implementation that a falsifier must catch."""

    __pydantic_config__ = CONFIG

    id: Text
    """Lower-case slug, unique in the contract."""
    target: Text
    """`module:attribute` of the function that is edited."""
    replace: Text
    """Expression or statement that occurs exactly once in the target."""
    with_: Text
    """What stands there instead (`with` in YAML)."""
    why: Text
    """Where the fault was met, or what it would do."""
    raises: Text | None = None
    """Exception that also counts as caught."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A recorded reason why the contract checks less than it did."""

    __pydantic_config__ = CONFIG

    subject: Text
    """What was weakened or taken out: a falsifier's or mutant's id, an equation, a contract."""
    reason: Text
    """Why; it counts in the change that adds it, and excuses nothing later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A survivor that is accepted for a while: of one mutant, or all of one falsifier."""

    __pydantic_config__ = CONFIG

    mutant: Text | None = None
    """Id of the mutant that may survive before the falsifiers that cite it."""
    falsifier: Text | None = None
    """Id of the falsifier that may let faults through; it counts as not proven."""
    owner: Text
    """Who answers for it."""
    reason: Text
    """Why the survivor is no hole in the proof, or why it cannot be closed yet."""
    expires: Text
    """Last day on which it counts, `YYYY-MM-DD` (UTC), at most 90 days ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One YAML file: equations, and the falsifiers that try to refute them."""

    __pydantic_config__ = CONFIG

    metadata: Metadata
    """Version, description, references, declared status."""
    equations: dict[str, Equation]
    """Formulas by name; at least one."""
    implementations: dict[str, Implementation] | None = None
    """Callables by name."""
    falsification_tests: tuple[Falsifier, ...] = ()
    """The falsifiers."""
    mutants: tuple[Mutant, ...] = ()
    """Declared faults."""
    amendments: tuple[Amendment, ...] = ()
    """Reasons for what was weakened or taken out; `pv gate --base` asks for them."""
    waivers: tuple[Waiver, ...] = ()
    """Survivors that are accepted for a while."""
    proof_obligations: tuple[Obligation, ...] = ()
    """Properties owed (upstream)."""
    kernel_structure: KernelStructure | None = None
    """Phases that loop obligations cite (upstream)."""
    enforcement: dict[str, EnforcementRule] = field(default_factory=dict)
    """Enforcement notes (upstream); inert."""
    qa_gate: QaGate | None = None
    """Gate description (upstream); inert."""
    verification_summary: VerificationSummary | None = None
    """Typed counts (upstream); inert: `pv status` computes them."""
    kani_harnesses: tuple[KaniHarness, ...] = ()
    """Bounded model checks (upstream)."""
    simd_dispatch: dict[str, dict[str, Text]] = field(default_factory=dict)
    """Kernel to instruction set to function (upstream); inert."""
    type_invariants: tuple[TypeInvariant, ...] = ()
    """Upstream; inert."""
    coq_spec: CoqSpec | None = None
    """Upstream; inert."""

    def implementations_of(self, falsifier: Falsifier) -> dict[str, Implementation]:
        """What ``falsifier`` runs on, by name: all that its equations name, less the excused."""
        declared = self.implementations or {}
        excused = {excuse.implementation for excuse in falsifier.excused}
        names = self.covered_by(falsifier)
        return {name: declared[name] for name in names if name in declared and name not in excused}

    def covered_by(self, falsifier: Falsifier) -> tuple[str, ...]:
        """The names that its equations give, each once; of excused and undeclared ones too."""
        covered = [self.equations[name] for name in falsifier.covers if name in self.equations]
        return tuple(dict.fromkeys(name for e in covered for name in e.implementations))
