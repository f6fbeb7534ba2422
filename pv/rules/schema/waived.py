"""A green example with a waiver, and the day on which it is green."""

from __future__ import annotations

from datetime import date

from pv.rules.example import CONTRACT, GREEN

# The examples of a rule are the same every day, so they are judged on this one.
DAY = date(2030, 1, 1)

WAIVED = GREEN.edit(CONTRACT, "mutants: [sign-kept]", "mutants: [sign-kept, zero-negated]").append(
    CONTRACT,
    """\
- id: zero-negated
  target: "absval:absval"
  replace: "x > 0"
  with: "x >= 0"
  why: the border between the two branches moves
waivers:
- mutant: zero-negated
  owner: core team
  reason: equivalent, since 0 and -0 are one integer
  expires: 2030-03-31
""",
)
