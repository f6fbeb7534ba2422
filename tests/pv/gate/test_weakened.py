"""What a change of the contracts takes away: each kind, its green twin, and the reason for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pv.contract.document import LoadedContract
from pv.contract.load import parse_contract
from pv.finding import Finding, Severity
from pv.gate.verdicts import EXPLANATIONS, Weaker
from pv.gate.weakened import weakened

ROOT = Path(__file__).parents[3]
CORPUS = ROOT.parent / "shared" / "corpus"

PATH = "contracts/abs-v1.yaml"
OTHER = "contracts/norm-v1.yaml"
HEAD = """\
metadata:
  version: "1.0.0"
  description: absolute value
  references: [any textbook]
"""
IMPLEMENTATIONS = """\
implementations:
  plain: {target: "absval:absval"}
  fast: {target: "absval:fast"}
"""
EQUATIONS = """\
equations:
  absval:
    formula: "f(x) = |x|"
    implementations: [plain, fast]
  even:
    formula: "f(-x) = f(x)"
    implementations: [plain]
"""
FIRST = """\
- id: FALSIFY-ABS-001
  rule: never negative
  prediction: "f(x) >= 0"
  test: [falsifiers/test_abs.py::falsify_abs_001_a, falsifiers/test_abs.py::falsify_abs_001_b]
  covers: [absval, even]
  level: integration
  params:
    cases: 100
    sizes: [2, 5, 33]
    names: [north, south]
    seed: 7
    tol_f32: 2.0e-6
    rel_tols: [1.0e-6, 1.0e-12]
  mutants: [sign-kept, off-by-one]
  if_fails: the sign survives
"""
SECOND = """\
- id: FALSIFY-ABS-001-DUAL
  rule: never positive when negated
  prediction: "-f(x) <= 0"
  test: falsifiers/test_abs.py::falsify_abs_001_dual_c
  covers: [absval]
  mutants: [sign-kept]
  if_fails: the sign survives
"""
SIGN = """\
- {id: sign-kept, target: "absval:absval", replace: "-x", with: "x", why: the branch returns it}
"""
OFF = """\
- {id: off-by-one, target: "absval:absval", replace: "-x", with: "1 - x", why: counted twice}
"""
BASE = (
    f"{HEAD}{IMPLEMENTATIONS}{EQUATIONS}falsification_tests:\n{FIRST}{SECOND}mutants:\n{SIGN}{OFF}"
)
# A contract that has nothing to do with the others.
NORM = """\
metadata: {version: "1.0.0", description: norm, references: [any textbook]}
equations:
  norm: {formula: "f(x) = sqrt(x . x)"}
falsification_tests:
- {id: FALSIFY-NORM-001, rule: r, prediction: p, test: "falsifiers/test_n.py::f", if_fails: i}
"""


def edit(old: str, new: str, text: str = BASE) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def load(files: dict[str, str]) -> list[LoadedContract]:
    return [parse_contract(text.encode(), path) for path, text in files.items()]


def findings(before: dict[str, str], after: dict[str, str]) -> list[Finding]:
    found = list(weakened(load(before), load(after)))
    for finding in found:
        assert finding.severity is Severity.ERROR
        assert not finding.message.endswith(".")
    return found


def kinds(before: dict[str, str], after: dict[str, str]) -> list[tuple[str, str]]:
    words = {explanation.code: explanation.word for explanation in EXPLANATIONS.values()}
    return [(words[f.code], f.subject) for f in findings(before, after)]


def one(text: str, other: str = NORM) -> dict[str, str]:
    return {PATH: text, OTHER: other}


LIVE = edit("level: integration", "level: live")
ON_CPU = edit("  level: integration\n", "  level: integration\n  world: {backend: cpu}\n")

# What is weaker, before, after, and the kind, subject and text at the place of the one finding.
WEAKER = [
    pytest.param(BASE, edit(SECOND, ""), "falsifier-gone", "FALSIFY-ABS-001-DUAL", "fals", id="id"),
    pytest.param(
        BASE,
        edit("  test: falsifiers/test_abs.py::falsify_abs_001_dual_c\n", ""),
        "tests-gone",
        "FALSIFY-ABS-001-DUAL",
        "id: FALSIFY-ABS-001-DUAL",
        id="bound falsifier is unbound",
    ),
    pytest.param(
        BASE,
        edit("::falsify_abs_001_a, falsifiers/test_abs.py::falsify_abs_001_b]", "::falsify_abs_z]"),
        "citation-gone",
        "FALSIFY-ABS-001",
        "[falsifiers/test_abs.py::falsify_abs_z]",
        id="two citations, then another one",
    ),
    pytest.param(
        BASE,
        edit(
            "falsify_abs_001_a, falsifiers/test_abs.py::falsify_abs_001_b]",
            "falsify_abs_001_a, falsifiers/test_abs.py::falsify_abs_001_a]",
        ),
        "citation-gone",
        "FALSIFY-ABS-001",
        "[falsifiers/test_abs.py::falsify_abs_001_a, f",
        id="one citation twice",
    ),
    pytest.param(
        BASE,
        edit('  even:\n    formula: "f(-x) = f(x)"\n    implementations: [plain]\n', ""),
        "equation-gone",
        "even",
        "equations:",
        id="equation",
    ),
    pytest.param(
        BASE,
        edit("covers: [absval, even]", "covers: [absval]"),
        "cover-gone",
        "FALSIFY-ABS-001.even",
        "[absval]",
        id="cover",
    ),
    pytest.param(
        BASE,
        edit("implementations: [plain, fast]", "implementations: [plain]"),
        "implementation-gone",
        "absval.fast",
        "implementations: [plain]",
        id="implementation",
    ),
    pytest.param(
        BASE,
        edit(
            "level: integration", "excused: [{implementation: fast, reason: slow}]\n  level: live"
        ),
        "cell-excused",
        "FALSIFY-ABS-001.fast",
        "{implementation: fast",
        id="excuse",
    ),
    pytest.param(
        BASE,
        edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept]", edit(OFF, "")),
        "mutant-gone",
        "off-by-one",
        "mutants:",
        id="mutant no longer declared",
    ),
    pytest.param(
        BASE,
        edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept]"),
        "mutant-dropped",
        "FALSIFY-ABS-001.off-by-one",
        "[sign-kept]",
        id="mutant no longer cited",
    ),
    pytest.param(
        BASE,
        edit("  mutants: [sign-kept]\n", ""),
        "mutant-dropped",
        "FALSIFY-ABS-001-DUAL.sign-kept",
        "id: FALSIFY-ABS-001-DUAL",
        id="key of the mutants",
    ),
    *(
        pytest.param(before, after, "level-lowered", "FALSIFY-ABS-001", place, id=name)
        for before, after, place, name in (
            (BASE, edit("level: integration", "level: algorithm"), "algorithm", "from integration"),
            (LIVE, edit("level: integration", "level: algorithm"), "algorithm", "from live"),
            (BASE, edit("  level: integration\n", ""), "id: FALSIFY-ABS-001\n", "level left out"),
        )
    ),
    pytest.param(BASE, ON_CPU, "world-added", "FALSIFY-ABS-001", "{backend: cpu}", id="world"),
    pytest.param(
        ON_CPU,
        edit("backend: cpu", "backend: gpu", ON_CPU),
        "world-added",
        "FALSIFY-ABS-001",
        "{backend: gpu}",
        id="another world",
    ),
    pytest.param(
        BASE,
        edit('"absval:fast"', '"absval:fast", backend: gpu'),
        "world-added",
        "absval.fast",
        "backend: gpu",
        id="backend of an implementation",
    ),
    *(
        pytest.param(
            BASE,
            edit(f"    {old}\n", f"    {new}\n" if new else ""),
            kind,
            f"FALSIFY-ABS-001.{old.split(':')[0]}",
            new.partition(": ")[2] or "cases: 100",
            id=f"{old} -> {new}",
        )
        for old, new, kind in (
            ("tol_f32: 2.0e-6", "tol_f32: 3.0e-6", "tolerance-raised"),
            ("rel_tols: [1.0e-6, 1.0e-12]", "rel_tols: [2.0e-6, 1.0e-12]", "tolerance-raised"),
            ("cases: 100", "cases: 99", "cases-fewer"),
            ("sizes: [2, 5, 33]", "sizes: [2, 5]", "cases-fewer"),
            ("names: [north, south]", "names: [north]", "cases-fewer"),
            ("seed: 7", "", "param-gone"),
            ("tol_f32: 2.0e-6", "", "param-gone"),
        )
    ),
]


@pytest.mark.parametrize(("before", "after", "kind", "subject", "place"), WEAKER)
def test_weaker(before: str, after: str, kind: str, subject: str, place: str) -> None:
    assert kinds(one(before), one(after)) == [(kind, subject)]
    (found,) = findings(one(before), one(after))
    where = found.location
    assert where.path == PATH
    assert after.splitlines(True)[where.line - 1][where.column - 1 :].startswith(place)
    # The same change backwards is stronger; another world is another one either way.
    backwards = [] if "backend: gpu}" not in place else [(kind, subject)]
    assert kinds(one(after), one(before)) == backwards


@pytest.mark.parametrize(("before", "after", "kind", "subject", "place"), WEAKER)
def test_recorded_reason_excuses_it(
    before: str, after: str, kind: str, subject: str, place: str
) -> None:
    about = subject.split(".")[0]
    amendment = f"amendments:\n- {{subject: {about}, reason: the bound was wrong}}\n"
    assert kinds(one(before), one(after + amendment)) == []
    assert kinds(one(before + amendment), one(after + amendment)) == [(kind, subject)]
    again = f"{amendment}- {{subject: {about}, reason: the bound was wrong again}}\n"
    assert kinds(one(before + amendment), one(after + again)) == []
    (found,) = findings(one(before), one(after))
    assert f"in {PATH}: {{subject: {about}, reason: ...}}" in found.suggestion


AMENDED = "amendments:\n- {{subject: {}, reason: said already by FALSIFY-NORM-001}}\n"
RENAMED = "contracts/magnitude-v1.yaml"


def test_contract_gone() -> None:
    (found,) = findings(one(BASE), {OTHER: NORM})
    assert kinds(one(BASE), {OTHER: NORM}) == [("contract-gone", "abs-v1")]
    assert str(found.location) == f"{PATH}:1:1"
    assert "any contract: {subject: abs-v1" in found.suggestion
    assert "2 falsifier" in found.message


def test_contract_gone_is_excused_in_any_other_by_its_name_and_once() -> None:
    excused = {OTHER: NORM + AMENDED.format("abs-v1")}
    assert kinds(one(BASE), excused) == []
    assert kinds(one(BASE, excused[OTHER]), excused) == [("contract-gone", "abs-v1")]
    assert kinds(one(BASE), {OTHER: NORM + AMENDED.format("FALSIFY-ABS-001")}) != []


def test_contract_may_be_renamed() -> None:
    assert kinds(one(BASE), {RENAMED: BASE, OTHER: NORM}) == []


def test_contract_without_falsifiers_is_known_again_by_its_equations() -> None:
    bare = HEAD + IMPLEMENTATIONS + EQUATIONS
    assert kinds({PATH: bare}, {RENAMED: bare}) == []
    assert kinds({PATH: bare, OTHER: NORM}, {OTHER: NORM}) == [("contract-gone", "abs-v1")]
    # One that was there all along has not taken its place.
    both = {PATH: bare, RENAMED: bare}
    assert kinds(both, {RENAMED: bare}) == [("contract-gone", "abs-v1")]


def test_loss_on_the_way_to_another_name_is_seen() -> None:
    assert kinds(one(BASE), {RENAMED: edit(SECOND, "")}) == [
        ("falsifier-gone", "FALSIFY-ABS-001-DUAL"),
        ("contract-gone", "norm-v1"),
    ]
    spent = AMENDED.format("FALSIFY-ABS-001-DUAL")
    assert kinds({PATH: BASE + spent}, {RENAMED: edit(SECOND, "") + spent}) == [
        ("falsifier-gone", "FALSIFY-ABS-001-DUAL")
    ]


def test_falsifier_may_move_with_what_it_needs() -> None:
    split = {
        PATH: edit(SECOND, ""),
        RENAMED: edit(FIRST, ""),
    }
    assert kinds({PATH: BASE}, split) == []
    assert kinds(split, {PATH: BASE}) == []


def test_falsifier_that_moves_away_from_its_equation_and_mutant_is_weaker() -> None:
    alone = SECOND.replace("  covers: [absval]\n  mutants: [sign-kept]\n", "")
    moved = {PATH: edit(SECOND, ""), OTHER: NORM + alone}
    assert kinds(one(BASE), moved) == [
        ("cover-gone", "FALSIFY-ABS-001-DUAL.absval"),
        ("mutant-dropped", "FALSIFY-ABS-001-DUAL.sign-kept"),
    ]
    assert {f.location.path for f in findings(one(BASE), moved)} == {OTHER}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(edit(SIGN, SIGN.replace("-x", "abs(x)")), id="edit of a mutant"),
        pytest.param(edit("falsify_abs_001_dual_c", "falsify_abs_001_dual_d"), id="test renamed"),
        pytest.param(edit('plain: {target: "absval:absval"}', 'plain: {target: "a:b"}'), id="code"),
        pytest.param(
            edit("  fast: {", "  quick: {").replace("[plain, fast]", "[plain, quick]"),
            id="implementation renamed",
        ),
        pytest.param(edit("level: integration", "level: live"), id="level raised"),
        pytest.param(edit("seed: 7", "seed: 8"), id="seed"),
        pytest.param(edit("sizes: [2, 5, 33]", "sizes: [33, 5, 2, 64]"), id="sizes added"),
        pytest.param(edit(FIRST + SECOND, SECOND + FIRST), id="order"),
        pytest.param(
            edit(
                "  fast: {",
                '  new: {target: "absval:new"}\n  fast: {',
                edit("[plain, fast]", "[plain, fast, new]").replace(
                    "  level: integration",
                    "  excused: [{implementation: new, reason: slow}]\n  level: integration",
                ),
            ),
            id="excuse from an implementation that is new",
        ),
    ],
)
def test_neither_weaker_nor_stronger(after: str) -> None:
    assert kinds(one(BASE), one(after)) == []


def test_excuse_from_an_implementation_that_is_only_renamed() -> None:
    quick = edit("  fast: {", "  quick: {", BASE.replace("[plain, fast]", "[plain, quick]"))
    excused = "  excused: [{implementation: quick, reason: slow}]\n  level: integration"
    after = edit("  level: integration", excused, quick)
    assert kinds(one(BASE), one(after)) == [("cell-excused", "FALSIFY-ABS-001.quick")]
    # One more with the same target, beside it, never ran.
    more = edit("  fast: {", '  quick: {target: "absval:fast"}\n  fast: {')
    more = edit("  level: integration", excused, more.replace("fast]", "fast, quick]"))
    assert kinds(one(BASE), one(more)) == []


def test_implementation_under_another_name_and_target_is_another_one() -> None:
    renamed = one(BASE.replace("fast", "quick"))
    assert kinds(one(BASE), renamed) == [("implementation-gone", "absval.fast")]


def test_mutant_goes_with_the_only_falsifier_that_had_to_catch_it() -> None:
    without = edit("mutants: [sign-kept]\n", "mutants: [flipped]\n")
    declared = without.replace(OFF, OFF + OFF.replace("off-by-one", "flipped"))
    after = declared.replace(SECOND.replace("sign-kept", "flipped"), "").replace(
        OFF.replace("off-by-one", "flipped"), ""
    )
    assert "flipped" in declared
    assert "flipped" not in after
    assert kinds(one(declared), one(after)) == [("falsifier-gone", "FALSIFY-ABS-001-DUAL")]


def test_mutant_that_no_falsifier_cited_is_gone_all_the_same() -> None:
    uncited = edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept]")
    assert kinds(one(uncited), one(edit(OFF, "", uncited))) == [("mutant-gone", "off-by-one")]


def test_equation_that_is_gone_is_not_also_covered_no_more() -> None:
    even = '  even:\n    formula: "f(-x) = f(x)"\n    implementations: [plain]\n'
    after = edit("covers: [absval, even]", "covers: [absval]", edit(even, ""))
    assert kinds(one(BASE), one(after)) == [("equation-gone", "even")]


def test_id_that_two_contracts_use_is_looked_for_at_home_first() -> None:
    copy = edit("cases: 100", "cases: 99")
    tree = {"contracts/aaa-v1.yaml": copy, PATH: BASE}
    assert kinds({PATH: BASE}, tree) == []
    assert kinds(tree, tree) == []


def test_one_mutant_that_two_falsifiers_lose_is_one_finding() -> None:
    after = edit("mutants: [sign-kept, off", "mutants: [off", edit(SIGN, ""))
    after = edit("  mutants: [sign-kept]\n", "", after)
    assert kinds(one(BASE), one(after)) == [("mutant-gone", "sign-kept")]


@pytest.mark.parametrize("broken", ["[", "metadata: 3\n", "- a list\n"])
def test_contract_that_cannot_be_read_is_left_to_the_loaders_rules(broken: str) -> None:
    assert kinds(one(BASE), one(broken)) == []
    assert kinds(one(broken), one(BASE)) == []
    # Also under another name, as long as the ids are in it.
    assert kinds({PATH: BASE}, {RENAMED: BASE + "]"}) == []


def test_falsifier_that_was_refused_is_not_gone() -> None:
    refused = edit("rule: never positive when negated", "rule: [1]")
    assert kinds(one(BASE), one(refused)) == []
    # The id of the one that is gone is only the beginning of that of the one that was refused.
    assert kinds(one(BASE), one(edit(FIRST, "", refused))) == [
        ("falsifier-gone", "FALSIFY-ABS-001")
    ]


@pytest.mark.parametrize(
    "after",
    [
        edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept, {}]"),
        edit('formula: "f(x) = |x|"', "formula: [1]"),
        edit("why: counted twice", "why: [1]"),
        edit('fast: {target: "absval:fast"}', "fast: {}"),
    ],
)
def test_part_that_was_refused_is_not_gone(after: str) -> None:
    assert any(loaded.problems for loaded in load(one(after)))
    assert kinds(one(BASE), one(after)) == []


@pytest.mark.parametrize("key", ["x-falsification_tests", "gates"])
def test_falsifiers_under_a_key_that_is_not_judged_are_gone(key: str) -> None:
    assert kinds(one(BASE), one(edit("falsification_tests:", f"{key}:"))) == [
        ("falsifier-gone", "FALSIFY-ABS-001"),
        ("falsifier-gone", "FALSIFY-ABS-001-DUAL"),
    ]


def test_amendment_excuses_nothing_but_its_subject() -> None:
    after = edit(OFF, "", edit(SECOND, "", edit("cases: 100", "cases: 1")))
    after = after.replace("[sign-kept, off-by-one]", "[sign-kept]")
    every = kinds(one(BASE), one(after))
    subjects = ["off-by-one", "FALSIFY-ABS-001.cases", "FALSIFY-ABS-001-DUAL"]
    assert [subject for _, subject in every] == subjects
    for i, subject in enumerate(subjects):
        amendment = AMENDED.format(subject.split(".")[0])
        assert kinds(one(BASE), one(after + amendment)) == every[:i] + every[i + 1 :]


def test_amendment_in_a_contract_that_has_nothing_to_do_with_it_excuses_nothing() -> None:
    amended = NORM + AMENDED.format("off-by-one") + "- {subject: FALSIFY-ABS-001, reason: r}\n"
    after = edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept]")
    assert kinds(one(BASE), one(after, amended)) == kinds(one(BASE), one(after)) != []


def test_amendment_without_a_reason_excuses_nothing() -> None:
    amendment = 'amendments: [{subject: FALSIFY-ABS-001-DUAL, reason: " "}]\n'
    assert len(kinds(one(BASE), one(edit(SECOND, "") + amendment))) == 1


def test_mutant_or_equation_excuses_that_a_falsifier_lets_go_of_it() -> None:
    uncited = edit("mutants: [sign-kept, off-by-one]", "mutants: [sign-kept]")
    assert kinds(one(BASE), one(uncited + AMENDED.format("off-by-one"))) == []
    uncovered = edit("covers: [absval, even]", "covers: [absval]")
    assert kinds(one(BASE), one(uncovered + AMENDED.format("even"))) == []


def test_fingerprint_outlives_lines_and_numbers() -> None:
    (first,) = findings(one(BASE), one(edit("cases: 100", "cases: 99")))
    (second,) = findings(one(BASE), one("# later\n" + edit("cases: 100", "cases: 98")))
    assert first.fingerprint == second.fingerprint
    assert first.location.line != second.location.line


def test_every_kind_is_explained_under_a_code_of_its_own() -> None:
    assert set(EXPLANATIONS) == {kind.value for kind in Weaker}
    assert len({explanation.code for explanation in EXPLANATIONS.values()}) == len(Weaker)


def files_of(directory: Path) -> list[LoadedContract]:
    return [
        parse_contract(file.read_bytes(), file.relative_to(directory).as_posix())
        for file in sorted(directory.rglob("*.yaml"))
    ]


@pytest.mark.parametrize(
    "text",
    [
        BASE,
        edit("  level: integration", "  excused: [{implementation: fast, reason: slow}]"),
        edit('"absval:fast"', '"absval:fast", backend: gpu'),
        ON_CPU,
        LIVE,
    ],
)
def test_what_did_not_change_is_not_weaker(text: str) -> None:
    assert kinds(one(text), one(text)) == []


def test_nothing_is_weaker_than_itself() -> None:
    own = files_of(ROOT / "contracts")
    assert own
    assert list(weakened(own, own)) == []


def test_no_contract_of_upstream_is_weaker_than_itself() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"not run: {CORPUS} is absent")
    for directory in ("contracts", "variants"):
        theirs = files_of(CORPUS / directory)
        assert list(weakened(theirs, theirs)) == []
        for loaded in theirs:
            gone = [finding.code for finding in weakened([loaded], [])]
            assert gone == ["PV-BASE-001"] * (loaded.contract is not None), loaded.path
