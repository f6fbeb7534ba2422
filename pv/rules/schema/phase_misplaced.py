"""SCHEMA-015: phase-misplaced."""

from __future__ import annotations

from pv.rules.example import CONTRACT
from pv.rules.schema.base import ObligationKeyRule
from pv.rules.schema.upstream import UPSTREAM


class PhaseMisplaced(ObligationKeyRule):
    """`applies_to_phase` stands on an obligation of another type."""

    code = "SCHEMA-015"
    name = "phase-misplaced"
    why = "Only a loop obligation belongs to a phase; elsewhere nobody reads the phase."
    bad = UPSTREAM.edit(
        CONTRACT, "type: bound, property", "type: bound, applies_to_phase: negate, property"
    )
    good = UPSTREAM.edit(
        CONTRACT,
        "type: bound, property",
        "type: loop_invariant, applies_to_phase: negate, property",
    )
    key = "applies_to_phase"
    types = ("loop_invariant", "loop_variant")
