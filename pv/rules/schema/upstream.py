"""Green examples in upstream's style: obligations, no implementations."""

from __future__ import annotations

from pv.rules.example import CONTRACT, GREEN, TEST

UPSTREAM = GREEN.write(
    CONTRACT,
    """\
metadata:
  version: "1.0.0"
  description: absolute value
  references: [any textbook]
equations:
  absval:
    formula: "f(x) = |x|"
proof_obligations:
- {type: bound, property: never negative, formal: "f(x) >= 0", applies_to: all}
falsification_tests:
- id: FALSIFY-ABS-001
  rule: never negative
  prediction: "f(x) >= 0"
  test: falsifiers/test_abs_v1.py::falsify_abs_001_never_negative
  if_fails: the sign survives
kani_harnesses:
- {id: KANI-ABS-001, obligation: never negative, bound: 8}
qa_gate: {id: F-ABS-001, name: absolute value}
""",
).write(
    TEST,
    """\
from absval import absval


def falsify_abs_001_never_negative():
    assert min(map(absval, range(-3, 4))) >= 0
""",
)


def _older(text: str) -> str:
    """The same contract or test as another one: with ids and names of its own."""
    return text.replace("ABS-001", "OLD-001").replace("abs_001", "old_001").replace("_v1", "_v0")


# Two contracts, so that one can build on the other.
WITH_PARENT = UPSTREAM.write("contracts/abs-v0.yaml", _older(str(UPSTREAM.files[CONTRACT]))).write(
    "falsifiers/test_abs_v0.py", _older(str(UPSTREAM.files[TEST]))
)
