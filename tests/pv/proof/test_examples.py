"""What Hypothesis draws, and the mutants that only larger examples show."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.utils import many

from pv.proof import as_json, examples, text
from tests.pv.proof.conftest import GOOD, falsifier, mutant, words

LARGER = "killed when the size is drawn first: draw the length, then the values"

SUBJECT = """\
TILE = 40


def absval(x):
    return x if x > 0 else -x


def total(values):
    return sum(values) if len(values) <= TILE else sum(values)
"""
TILE_EDGE = mutant(
    "tile-edge",
    target="absval:total",
    replace="sum(values) if len(values) <= TILE else sum(values)",
    **{"with": "sum(values) if len(values) <= TILE else sum(values[:TILE])"},
)
DRAWN = """
from hypothesis import given, settings, strategies as st
from absval import TILE, absval, total

@settings(max_examples=100)
@given(values=st.lists(st.booleans(), max_size=64))
def falsify_abs_001_good(values):
    assert total(values) == sum(values)
"""
SIZED = """
from hypothesis import given, settings, strategies as st
from absval import total

@settings(max_examples=100)
@given(data=st.data())
def falsify_abs_001_good(data):
    n = data.draw(st.integers(0, 64))
    values = data.draw(st.lists(st.booleans(), min_size=n, max_size=n))
    assert total(values) == sum(values)
"""
ONE = [falsifier(1, "tile-edge")]


def test_mutant_that_only_longer_lists_show(prove_project):
    result = prove_project(ONE, [TILE_EDGE], DRAWN, SUBJECT)
    (judgement,) = result.judgements
    assert (judgement.word, judgement.detail) == ("SURVIVED-UNASSERTED", LARGER)
    assert (result.denominators.declared_killed, result.proven) == (0, set())
    assert LARGER in result.findings[0].message
    assert f"({LARGER})" in text.render(result)
    assert as_json.document(result)["judgements"][0]["detail"] == LARGER


def test_test_that_draws_the_size_first(prove_project):
    assert words(prove_project(ONE, [TILE_EDGE], SIZED, SUBJECT)) == {"tile-edge": "KILLED"}


def test_mutant_of_a_constant_that_only_longer_lists_show(prove_project):
    subject = SUBJECT.replace("else sum(values)", "else -1.0").replace("TILE = 40", "TILE = 64")
    constant = mutant("tile", target="absval:TILE", replace="64", **{"with": "40"})
    result = prove_project([falsifier(1, "tile")], [constant], DRAWN, subject)
    assert [(j.word, j.detail) for j in result.judgements] == [("SURVIVED-UNASSERTED", LARGER)]


def test_test_that_fails_on_longer_lists_without_a_fault_notices_none(prove_project):
    fragile = DRAWN.replace("== sum(values)", "== sum(values) and len(values) <= 40")
    result = prove_project(ONE, [TILE_EDGE], fragile, SUBJECT)
    assert [(j.word, j.detail) for j in result.judgements] == [("SURVIVED-UNASSERTED", "")]


def test_equivalent_mutant_stays_a_plain_survivor(prove_project):
    same = mutant(
        "same",
        target="absval:total",
        replace="len(values) <= TILE",
        **{"with": "len(values) < TILE"},
    )
    result = prove_project([falsifier(1, "same")], [same], DRAWN, SUBJECT)
    assert [(j.word, j.detail) for j in result.judgements] == [("SURVIVED-UNASSERTED", "")]


def test_unreached_survivor_is_not_tried_again(tmp_path, prove_project):
    counting = DRAWN + "    open('calls', 'a').write('.')\n"
    result = prove_project([falsifier(1, "sign-kept")], [mutant()], counting, SUBJECT)
    assert words(result) == {"sign-kept": "SURVIVED-UNREACHED"}
    assert len((tmp_path / "calls").read_text()) == 2 * 100  # clean, and under the fault


def test_falsifier_without_hypothesis_is_not_tried_again(tmp_path, prove_project):
    tests = """
import hypothesis
from absval import total

def falsify_abs_001_good():
    open('calls', 'a').write('.')
    assert total([1.0]) == 1.0
"""
    result = prove_project(ONE, [TILE_EDGE], tests, SUBJECT)
    assert words(result) == {"tile-edge": "SURVIVED-UNASSERTED"}
    assert (tmp_path / "calls").read_text() == ".."


def test_larger_examples_are_told_beside_what_a_sibling_caught(prove_project):
    sibling = DRAWN + "\ndef falsify_abs_002_long():\n    assert total([1.0] * 41) == 41.0\n"
    entries = [falsifier(1, "tile-edge"), falsifier(2, name="long")]
    (judgement,) = prove_project(entries, [TILE_EDGE], sibling, SUBJECT).judgements
    assert judgement.word == "WRONG-RED(sibling)"
    assert judgement.detail == (
        f"it ran the faulty code and passed (SURVIVED-UNASSERTED); {LARGER}; "
        "caught by falsifiers/test_abs.py::falsify_abs_002_long"
    )


def test_what_the_named_falsifier_did_where_a_sibling_noticed(prove_project):
    tests = GOOD + (
        "\n\ndef falsify_abs_002_zero():\n    assert absval(0) == 0\n"
        "\n\ndef falsify_abs_003_other():\n    assert absval(2) == 2\n"
    )
    entries = [
        falsifier(1),
        falsifier(2, "sign-kept", name="zero"),
        falsifier(3, "sign-kept", name="other"),
    ]
    caught = "caught by falsifiers/test_abs.py::falsify_abs_001_good"
    judgements = prove_project(entries, [mutant()], tests).judgements
    assert [(j.word, j.detail) for j in judgements] == [
        (
            "WRONG-RED(sibling)",
            f"it ran the faulty code and passed (SURVIVED-UNASSERTED); {caught}",
        ),
        ("WRONG-RED(sibling)", f"it never ran the faulty code (SURVIVED-UNREACHED); {caught}"),
    ]


DIGITS = st.integers(0, 9)
COLLECTIONS = {
    "list": st.lists(DIGITS, max_size=64),
    "set": st.sets(st.integers(), max_size=64),
    "dict": st.dictionaries(st.integers(), DIGITS, max_size=64),
    "text": st.text(max_size=64),
    "text of few characters": st.text(st.sampled_from("ab"), max_size=64),
    "bytes": st.binary(max_size=64),
    "unique choices": st.lists(st.sampled_from(range(64)), unique=True),
    "no upper bound": st.lists(DIGITS),
    "text without upper bound": st.text(),
}


def sizes(strategy: st.SearchStrategy, *, is_size_first: bool) -> list[int]:
    seen = []

    @settings(max_examples=300, derandomize=True, database=None)
    @given(strategy)
    def test(value):
        seen.append(len(value))

    if is_size_first:
        with examples.size_first([SimpleNamespace(obj=test)]):
            test()
    else:
        test()
    return seen


@pytest.mark.parametrize("name", COLLECTIONS)
def test_size_first_reaches_what_is_hardly_ever_drawn(name: str):
    """Fails where Hypothesis has moved what is patched."""
    by_itself = sizes(COLLECTIONS[name], is_size_first=False)
    sized = sizes(COLLECTIONS[name], is_size_first=True)
    assert sum(n > 40 for n in by_itself) < 15
    assert sum(n > 40 for n in sized) > 45
    assert max(sized) <= (examples.LARGEST_UNBOUNDED if "upper bound" in name else 64)


@pytest.mark.parametrize(
    ("strategy", "least", "most"),
    [
        (st.lists(DIGITS, min_size=3, max_size=3), 3, 3),
        (st.text(min_size=2, max_size=5), 2, 5),
        (st.sets(st.booleans(), min_size=1), 1, 2),  # fewer values than a set may hold
        (st.sets(st.sampled_from(range(6)), min_size=2), 2, 6),
    ],
)
def test_size_first_stays_within_the_bounds(strategy: st.SearchStrategy, least: int, most: int):
    drawn = sizes(strategy, is_size_first=True)
    assert {least, most} <= set(drawn) <= set(range(least, most + 1))


def test_size_first_leaves_nothing_behind():
    before = many.__init__
    with examples.size_first([]):
        assert many.__init__ is not before
    assert many.__init__ is before


def test_hypothesis_that_has_moved_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(many, "__init__", lambda self, data, sizes: None)
    with (
        pytest.raises(examples.MovedError, match="takes no min_size"),
        examples.size_first([]),
    ):
        pytest.fail("entered")


def test_hypothesis_that_has_moved_costs_the_report_alone(prove_project):
    moved = DRAWN.replace(
        "from absval",
        "from hypothesis.internal.conjecture import utils\n"
        "own = utils.many.__init__\n"
        "utils.many.__init__ = lambda self, *given, **named: own(self, *given, **named)\n"
        "from absval",
    )
    result = prove_project(ONE, [TILE_EDGE], moved, SUBJECT)
    assert [(j.word, j.detail) for j in result.judgements] == [("SURVIVED-UNASSERTED", "")]
    assert result.leftovers == ()
