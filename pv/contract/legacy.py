"""Names that upstream used, tried out, or reads: consulted before any guess at a misspelling."""

from __future__ import annotations

from dataclasses import dataclass

from pv.contract.model import Contract, Equation, Falsifier, Metadata
from pv.contract.upstream import Obligation


@dataclass(frozen=True, slots=True)
class Name:
    """A key that is not in the schema, the rule that refuses it, and what to do about it."""

    rule: str
    message: str
    edit: str
    stands_for: str = ""
    """Key of the same mapping whose absence is only this key's consequence."""
    is_alias: bool = False
    """Whether the value can be judged as that key's."""


def lookup(struct: type, key: str) -> Name | None:
    """What is known about ``key`` in a mapping that ``struct`` describes."""
    return _NAMES.get(struct, {}).get(key)


def _alias(key: str, target: str) -> Name:
    message = f"`{key}` is upstream's other name of `{target}`"
    return Name("legacy-key", message, f"rename it to `{target}`", target, is_alias=True)


def _reserved(key: str, what: str) -> Name:
    message = f"`{key}` ({what}) is reserved: this version of pv does not read it yet"
    return Name("reserved-key", message, f"delete it, or rename it to `x-{key}`")


def _claim(key: str) -> Name:
    message = f"`{key}` claims what only a run can show"
    return Name("claimed-result", message, f"delete it (`pv status` computes it) or use `x-{key}`")


def _falsifier_block(key: str) -> Name:
    message = f"`{key}` is an older block; its rows are not read"
    return Name("legacy-key", message, "rename it to `falsification_tests`", "falsification_tests")


def _metadata_double(key: str) -> Name:
    return Name(
        "legacy-key",
        f"`{key}` belongs under `metadata`",
        f"move it to `metadata.{key}`, or delete it if it is there too",
    )


def _payload(key: str) -> Name:
    message = f"`{key}` is data of another tool; pv does not read it"
    return Name("domain-payload", message, f"rename it to `x-{key}`")


def _foreign(key: str) -> Name:
    message = f"pv does not judge the block `{key}`, and what is not judged must not look it"
    return Name("foreign-block", message, f"move it to a file of its own, or to `x-{key}`")


_FALSIFIER_BLOCKS = (
    "falsification falsifications falsification_test falsification_conditions "
    "falsification_tests_v1_1"
)
_FOREIGN = "beat stories parity categories headline entity evidence"
_PAYLOADS = (
    "formats fusion_decisions layer_steps parity_tool parity_gate spc_tool type_enforcement kernel "
    "quant_dispatch tensors validation_rules semantic_validation validation_rules_semantic "
    "toyota_way_principles weight_roles role_sets constraint_matrix architectures invariants gates "
    "preconditions postconditions family display_name vendor size_variants sections surface page "
    "harness_policy parity_matrix_kind commands contract kaizen baseline target"
)
_CLAIMS = (
    "algorithm_evidence discharge_status evidence_discharged_by full_discharge_blocks_on "
    "partial_discharge_note falsification_test if_test_passes if_test_compiles"
)
_FALSIFIER_ALIASES = {
    "expected": "prediction",
    "fails_if": "if_fails",
    "description": "rule",
    "name": "rule",
    "command": "test",
    "test_harness": "test",
    "falsification_id": "id",
    "binds_to": "covers",
}

_NAMES: dict[type, dict[str, Name]] = {
    Contract: {
        **{key: _falsifier_block(key) for key in _FALSIFIER_BLOCKS.split()},
        **{key: _metadata_double(key) for key in ("status", "version", "description")},
        "kind": Name(
            "top-level-kind",
            "`kind` at the top level is read by nothing; it belongs under `metadata`",
            "move it to `metadata.kind`, or delete it if it is there too",
        ),
        "name": Name(
            "legacy-key", "a contract's name is its file's, without the suffix", "delete `name`"
        ),
        **{key: _foreign(key) for key in _FOREIGN.split()},
        **{key: _payload(key) for key in _PAYLOADS.split()},
    },
    Metadata: {
        "name": Name(
            "legacy-key", "a contract's name is its file's, without the suffix", "delete `name`"
        ),
    },
    Equation: {
        "requires": _reserved("requires", "conditions on arguments"),
        "ensures": _reserved("ensures", "conditions on the result"),
    },
    Falsifier: {
        **{key: _alias(key, target) for key, target in _FALSIFIER_ALIASES.items()},
        **{key: _claim(key) for key in _CLAIMS.split()},
        "raises": _reserved("raises", "the refusal expected"),
        "outside_domain": _reserved("outside_domain", "input outside the domain"),
    },
    Obligation: {
        "statement": _alias("statement", "property"),
        "verification": _alias("verification", "formal"),
    },
}
