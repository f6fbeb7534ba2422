"""Every way in which a contract and its tests are known to drift apart, and its green twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pv.finding import Finding
from pv.rules.example import CONTRACT, GREEN, TEST, Example

FindingsIn = Callable[[Example], tuple[Finding, ...]]

NAME = "falsify_abs_001_never_negative"
CITED = f"falsifiers/test_abs_v1.py::{NAME}"
BODY = """\
    largest = falsifier.params["largest"]
    for x in range(-largest, largest + 1):
        assert implementation(x=x) >= 0
"""
IN_CLASS = "class TestAbs:\n" + "".join(
    f"    {line}\n" for line in f"def {NAME}(self, falsifier, implementation):\n{BODY}".splitlines()
)
OTHER = "falsifiers/test_other.py"
SKIPPING = "def device():\n    pytest.skip('none')\n"
IN_TEST_CLASS = f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"


def cite(citation: str) -> Example:
    return GREEN.edit(CONTRACT, CITED, citation)


def tests_are(text: str) -> Example:
    return GREEN.write(TEST, text)


def decorated(decorator: str) -> Example:
    return GREEN.edit(TEST, "def falsify", f"import pytest\n\n\n@{decorator}\ndef falsify")


def body(text: str) -> Example:
    return GREEN.edit(TEST, BODY, text)


def asserting(text: str) -> Example:
    return GREEN.edit(TEST, "        assert implementation(x=x) >= 0\n", text)


SOUND = {
    "the example itself": GREEN,
    "method of a test class": tests_are(IN_CLASS).edit(
        CONTRACT, CITED, f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"
    ),
    "class whose base opts in again": tests_are(
        "class Root:\n    __test__ = False\n\n\nclass Base(Root):\n    __test__ = True\n\n\n"
        + IN_CLASS.replace("TestAbs", "TestAbs(Base)")
    ).edit(CONTRACT, CITED, f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"),
    "fixture that nothing uses": tests_are(
        f"import pytest\n\n\n@pytest.fixture(autouse=False)\n{SKIPPING}"
        f"\n\n@pytest.mark.usefixtures('tmp_path')\n{GREEN.files[TEST]}"
    ),
    "one-line definition": tests_are(
        f"def {NAME}(falsifier, implementation): "
        'assert all(implementation(x=x) >= 0 for x in range(-falsifier.params["largest"], 1))\n'
    ),
    "list of tests": cite(f"[{CITED}]"),
    "numpy assertion": asserting(
        "        np.testing.assert_array_less(-1, implementation(x=x))\n"
    ).edit(TEST, "def falsify", "import numpy as np\n\n\ndef falsify"),
    "raises": body(
        '    with pytest.raises(TypeError):\n        implementation(falsifier.params["largest"])\n'
    ).edit(TEST, "def falsify", "import pytest\n\n\ndef falsify"),
    "assertion in a helper": asserting("        check(implementation(x=x))\n").append(
        TEST, "\n\ndef check(value):\n    assert value >= 0\n"
    ),
    "assertion in an imported helper": asserting("        check(implementation(x=x))\n")
    .edit(TEST, "def falsify", "from falsifiers.checks import check\n\n\ndef falsify")
    .write("falsifiers/checks.py", "def check(value):\n    assert value >= 0\n"),
    "assertion in a helper beside the test": asserting("        check(implementation(x=x))\n")
    .edit(TEST, "def falsify", "from checks import check\n\n\ndef falsify")
    .write("falsifiers/checks.py", "def check(value):\n    assert value >= 0\n"),
    "hypothesis": GREEN.edit(
        TEST,
        f"def {NAME}(falsifier, implementation):\n{BODY}",
        "from hypothesis import given, strategies\n\n\n@given(x=strategies.integers())\n"
        f"def {NAME}(falsifier, implementation, x):\n"
        '    assert implementation(x=min(x, falsifier.params["largest"])) >= 0\n',
    ),
    "params under another name": body(
        '    p = falsifier.params\n    assert implementation(x=-p["largest"]) >= 0\n'
    ),
    "assertion that is raised on": asserting(
        "        try:\n            assert implementation(x=x) >= 0\n"
        "        except AssertionError:\n            print(x)\n            raise\n"
    ),
    "assertion in a helper object": asserting("        Check(implementation).at(x)\n").append(
        TEST,
        "\n\nclass Check:\n    def __init__(self, function):\n        self.function = function\n\n"
        "    def at(self, x):\n        assert self.function(x=x) >= 0\n",
    ),
    "place that must not be reached": asserting(
        "        if implementation(x=x) < 0:\n            assert False, x\n"
    ),
    "arrays that must differ": asserting(
        "        with pytest.raises(AssertionError):\n"
        "            npt.assert_equal(implementation(x=x), -1)\n"
    ).edit(TEST, "def falsify", "import pytest\nimport numpy.testing as npt\n\n\ndef falsify"),
    "assertion in an exception group's try": asserting(
        "        try:\n            assert implementation(x=x) >= 0\n"
        "        except* ValueError:\n            raise\n"
    ),
    "two implementations, one excused": GREEN.edit(
        CONTRACT, "implementations: [plain]", "implementations: [plain, fast]"
    )
    .edit(CONTRACT, "equations:", '  fast: {target: "absval:absval"}\nequations:')
    .edit(
        CONTRACT,
        "  mutants: [sign-kept]",
        "  excused: [{implementation: fast, reason: slow}]\n  mutants: [sign-kept]",
    ),
}

DRIFTS = {
    # D1: the test was renamed, or the citation never fitted
    "renamed function": ("PV-VER-002", 18, GREEN.edit(TEST, NAME, "falsify_abs_001_not_below")),
    "suffix left off": ("PV-VER-002", 18, cite(CITED.removesuffix("_negative"))),
    "date suffix added": ("PV-VER-002", 18, cite(f"{CITED}_2026_05_04")),
    "citation is a prefix": ("PV-VER-002", 18, cite(CITED[:-1])),
    "citation is a suffix": ("PV-VER-002", 18, cite(CITED.replace("falsify_abs", "abs"))),
    "module path drift": ("PV-VER-002", 18, cite(CITED.replace("test_abs_v1", "test_abs_v2"))),
    "right function, wrong file": (
        "PV-VER-002",
        18,
        cite(CITED.replace("test_abs_v1", "test_other")).write(OTHER, "X = 1\n"),
    ),
    # D1c: the name is left in a comment, a docstring or a string
    "name only in a comment": ("PV-VER-002", 18, tests_are(f"# def {NAME}(): gone\n")),
    "name only in a docstring": ("PV-VER-002", 18, tests_are(f'"""{NAME} checks."""\n')),
    "name only in a string": ("PV-VER-002", 18, tests_are(f'CODE = "def {NAME}(): pass"\n')),
    "nested function": (
        "PV-VER-002",
        18,
        tests_are(f"def outer():\n    def {NAME}():\n        assert outer()\n"),
    ),
    "method cited as function": ("PV-VER-002", 18, tests_are(IN_CLASS)),
    "function cited as method": ("PV-VER-002", 18, cite(CITED.replace("::", "::TestAbs::"))),
    # D9
    "two defs of one name": (
        "PV-VER-009",
        18,
        GREEN.append(TEST, f"\n\ndef {NAME}():\n    pass\n"),
    ),
    "shadowed by an assignment": ("PV-VER-009", 18, GREEN.append(TEST, f"\n\n{NAME} = print\n")),
    "shadowed by an import": (
        "PV-VER-009",
        18,
        GREEN.append(TEST, f"\n\nfrom absval import absval as {NAME}\n"),
    ),
    "deleted def": ("PV-VER-010", 18, GREEN.append(TEST, f"\n\ndel {NAME}\n")),
    # D8
    "class with a constructor": (
        "PV-VER-010",
        18,
        tests_are(
            IN_CLASS.replace("Abs:\n", "Abs:\n    def __init__(self):\n        pass\n\n")
        ).edit(CONTRACT, CITED, f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"),
    ),
    "class with a constructor from its base": (
        "PV-VER-010",
        18,
        tests_are(
            "class Root:\n    def __init__(self):\n        pass\n\n\n"
            "class Base(Root):\n    pass\n\n\n" + IN_CLASS.replace("TestAbs", "TestAbs(Base)")
        ).edit(CONTRACT, CITED, IN_TEST_CLASS),
    ),
    "class opted out by its base": (
        "PV-VER-010",
        18,
        tests_are(
            "class Base:\n    __test__ = False\n\n\n" + IN_CLASS.replace("TestAbs", "TestAbs(Base)")
        ).edit(CONTRACT, CITED, IN_TEST_CLASS),
    ),
    "method of a unittest class": (
        "PV-VER-010",
        18,
        tests_are(
            "import unittest\n\n\nclass Base(unittest.TestCase):\n    pass\n\n\n"
            + IN_CLASS.replace("TestAbs", "TestAbs(Base)")
        ).edit(CONTRACT, CITED, IN_TEST_CLASS),
    ),
    "class name not collected": (
        "PV-VER-010",
        18,
        tests_are(IN_CLASS.replace("TestAbs", "AbsChecks")).edit(
            CONTRACT, CITED, f"falsifiers/test_abs_v1.py::AbsChecks::{NAME}"
        ),
    ),
    "class opted out": (
        "PV-VER-010",
        18,
        tests_are(IN_CLASS.replace("Abs:\n", "Abs:\n    __test__ = False\n")).edit(
            CONTRACT, CITED, f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"
        ),
    ),
    "file name not collected": (
        "PV-VER-010",
        18,
        cite(CITED.replace("test_abs_v1", "abs_v1_checks"))
        .write("falsifiers/abs_v1_checks.py", GREEN.files[TEST])
        .remove(TEST),
    ),
    "file outside the directories of tests": (
        "PV-VER-010",
        18,
        cite(f"checks/test_abs_v1.py::{NAME}")
        .write("checks/test_abs_v1.py", GREEN.files[TEST])
        .remove(TEST),
    ),
    "async test": ("PV-VER-010", 18, GREEN.edit(TEST, "def falsify", "async def falsify")),
    "generator test": ("PV-VER-010", 18, asserting("        assert x\n        yield x\n")),
    "imported test": (
        "PV-VER-011",
        18,
        tests_are(f"from checks import {NAME}\n").write("checks.py", GREEN.files[TEST]),
    ),
    "assigned test": (
        "PV-VER-011",
        18,
        tests_are(f"def check():\n    assert 0\n\n\n{NAME} = check\n"),
    ),
    "conditional test": (
        "PV-VER-011",
        18,
        tests_are(f"import sys\n\nif sys.argv:\n    def {NAME}():\n        assert sys.argv\n"),
    ),
    "unknown decorator": ("PV-VER-011", 18, decorated("print")),
    # What stands there is no citation
    "path leaves the project": ("PV-VER-008", 18, cite(f"../{CITED}")),
    "absolute path": ("PV-VER-008", 18, cite(f"/{CITED}")),
    "backslashes": ("PV-VER-008", 18, cite(CITED.replace("/", "\\"))),
    "one case": ("PV-VER-007", 18, cite(f"{CITED}[plain]")),
    "one case with odd characters": ("PV-VER-007", 18, cite(f'"{CITED}[a::b/c d]"')),
    "prose": ("PV-VER-005", 18, cite("proptest with 1000 random vectors")),
    "shell command": ("PV-VER-005", 18, cite("bash scripts/x.sh")),
    "pytest command": ("PV-VER-005", 18, cite(f"pytest {CITED}")),
    "node id with a flag": ("PV-VER-005", 18, cite(f"{CITED} -q")),
    "several in one text": ("PV-VER-005", 18, cite(f"{CITED} {CITED}")),
    "self-check": ("PV-VER-005", 18, cite("pv validate contracts/abs-v1.yaml")),
    "bare name": ("PV-VER-003", 18, cite(NAME)),
    "file alone": ("PV-VER-006", 18, cite("falsifiers/test_abs_v1.py")),
    # Ids
    "id in two files": (
        "PV-ID-002",
        15,
        GREEN.write("contracts/abs-v2.yaml", GREEN.files[CONTRACT]),
    ),
    "function that no contract cites": (
        "PV-VER-001",
        7,
        GREEN.append(TEST, "\n\ndef falsify_abs_002_even():\n    assert absval(1) == 1\n"),
    ),
    "function that carries another id": (
        "PV-VER-012",
        18,
        GREEN.edit(TEST, NAME, "falsify_abs_007_x").edit(CONTRACT, NAME, "falsify_abs_007_x"),
    ),
    "function with a longer id": (
        "PV-VER-012",
        18,
        GREEN.edit(TEST, NAME, "falsify_abs_0011_x").edit(CONTRACT, NAME, "falsify_abs_0011_x"),
    ),
    # D7
    "skip mark": ("PV-VER-014", 4, decorated("pytest.mark.skip(reason='later')")),
    "skipif mark": ("PV-VER-014", 4, decorated("pytest.mark.skipif(True, reason='later')")),
    "xfail mark": ("PV-VER-014", 4, decorated("pytest.mark.xfail")),
    "skip mark under another name": (
        "PV-VER-014",
        4,
        GREEN.edit(TEST, "def falsify", "from pytest import mark\n\n\n@mark.skip\ndef falsify"),
    ),
    "skip mark on the class": (
        "PV-VER-014",
        3,
        tests_are(f"import pytest\n\n@pytest.mark.skip\n{IN_CLASS}").edit(
            CONTRACT, CITED, f"falsifiers/test_abs_v1.py::TestAbs::{NAME}"
        ),
    ),
    "pytestmark in the module": (
        "PV-VER-014",
        3,
        GREEN.edit(
            TEST,
            "def falsify",
            "import pytest\n\npytestmark = [pytest.mark.xfail]\n\n\ndef falsify",
        ),
    ),
    "skip at import": (
        "PV-VER-014",
        3,
        GREEN.edit(
            TEST,
            "def falsify",
            "import pytest\n\npytest.skip('x', allow_module_level=True)\n\n\ndef falsify",
        ),
    ),
    "importorskip": (
        "PV-VER-014",
        3,
        GREEN.edit(
            TEST, "def falsify", "import pytest\n\nnp = pytest.importorskip('np')\n\ndef falsify"
        ),
    ),
    "skip in an autouse fixture": (
        "PV-VER-014",
        6,
        tests_are(
            f"import pytest\n\n\n@pytest.fixture(autouse=True)\n{SKIPPING}\n\n{GREEN.files[TEST]}"
        ),
    ),
    "skip in an autouse fixture of a conftest": (
        "PV-VER-014",
        6,
        GREEN.write(
            "falsifiers/conftest.py",
            f"import pytest\n\n\n@pytest.fixture(scope='session', autouse=True)\n{SKIPPING}",
        ),
    ),
    "skip in an autouse fixture of the class": (
        "PV-VER-014",
        5,
        tests_are(
            "import pytest\n"
            + IN_CLASS.replace(
                "Abs:\n",
                "Abs:\n    @pytest.fixture(autouse=True)\n    def device(self):\n"
                "        pytest.skip('none')\n\n",
            )
        ).edit(CONTRACT, CITED, IN_TEST_CLASS),
    ),
    "skip in a fixture that is used by mark": (
        "PV-VER-014",
        6,
        tests_are(
            f"import pytest\n\n\n@pytest.fixture\n{SKIPPING}\n\n"
            f"@pytest.mark.usefixtures('device')\n{GREEN.files[TEST]}"
        ),
    ),
    "skip in a fixture that the whole file uses": (
        "PV-VER-014",
        7,
        tests_are(
            "import pytest\n\npytestmark = [pytest.mark.usefixtures('device')]\n\n"
            f"@pytest.fixture\n{SKIPPING}\n\n{GREEN.files[TEST]}"
        ),
    ),
    "skip in a fixture of a fixture": (
        "PV-VER-014",
        6,
        tests_are(
            f"import pytest\n\n\n@pytest.fixture(name='gpu')\n{SKIPPING}\n\n"
            f"@pytest.fixture\ndef batch(gpu):\n    return gpu\n\n\n{GREEN.files[TEST]}"
        ).edit(TEST, "(falsifier", "(batch, falsifier"),
    ),
    "skip mark with an annotation": (
        "PV-VER-014",
        3,
        tests_are(
            "import pytest\n\npytestmark: list = [pytest.mark.skip]\n\n\n" + str(GREEN.files[TEST])
        ),
    ),
    "skip mark that is added": (
        "PV-VER-014",
        4,
        tests_are(
            "import pytest\n\npytestmark = []\npytestmark += [pytest.mark.skip]\n\n\n"
            + str(GREEN.files[TEST])
        ),
    ),
    "skip call in the body": (
        "PV-VER-014",
        8,
        asserting(
            "        if x:\n            pytest.skip()\n        assert implementation(x=x) >= 0\n"
        ).edit(TEST, "def falsify", "import pytest\n\n\ndef falsify"),
    ),
    "skip in a fixture": (
        "PV-VER-014",
        6,
        GREEN.edit(
            TEST,
            f"def {NAME}(falsifier",
            "import pytest\n\n\n@pytest.fixture\ndef device():\n    pytest.skip('none')\n\n\n"
            f"def {NAME}(device, falsifier",
        ),
    ),
    "skip in a conftest fixture": (
        "PV-VER-014",
        6,
        GREEN.edit(TEST, f"def {NAME}(falsifier", f"def {NAME}(device, falsifier").write(
            "conftest.py",
            "import pytest\n\n\n@pytest.fixture\ndef device():\n    pytest.skip('none')\n",
        ),
    ),
    # D5 and other tests that cannot fail
    "empty body": (
        "PV-VER-015",
        1,
        body("    pass\n").edit(CONTRACT, "  params: {largest: 3}\n", ""),
    ),
    "docstring only": (
        "PV-VER-015",
        1,
        body('    """Checks."""\n').edit(CONTRACT, "  params: {largest: 3}\n", ""),
    ),
    "generated stub": (
        "PV-VER-015",
        1,
        body("    raise NotImplementedError\n").edit(CONTRACT, "  params: {largest: 3}\n", ""),
    ),
    "assertion only in the implementation": (
        "PV-VER-015",
        4,
        asserting("        checked(x)\n")
        .edit(TEST, "def falsify", "from absval import checked\n\n\ndef falsify")
        .append("absval.py", "\n\ndef checked(x):\n    assert x\n"),
    ),
    "no assertion": ("PV-VER-015", 1, asserting("        implementation(x=x)\n")),
    "returns its result": ("PV-VER-015", 1, asserting("        return implementation(x=x) >= 0\n")),
    "assertion after return": (
        "PV-VER-016",
        5,
        GREEN.edit(TEST, "    for x", "    return\n    for x"),
    ),
    "assertion under if False": (
        "PV-VER-016",
        5,
        asserting("        if False:\n            assert implementation(x=x)\n"),
    ),
    "assertion in an empty loop": (
        "PV-VER-016",
        4,
        GREEN.edit(TEST, "range(-largest, largest + 1)", "[]"),
    ),
    "assertion in a function nobody calls": (
        "PV-VER-016",
        5,
        asserting("        def check():\n            assert implementation(x=x)\n"),
    ),
    "assert True": ("PV-VER-017", 4, asserting("        assert True\n")),
    "assert of a tuple": (
        "PV-VER-017",
        4,
        asserting("        assert (implementation(x=x) < 0, x)\n"),
    ),
    "assert x == x": ("PV-VER-017", 4, asserting("        assert x == x\n")),
    "assert or True": ("PV-VER-017", 4, asserting("        assert implementation(x=x) or True\n")),
    "swallowed assertion": (
        "PV-VER-019",
        8,
        asserting(
            "        with contextlib.suppress(Exception):\n            assert implementation(x=x)\n"
        ).edit(TEST, "def falsify", "import contextlib\n\n\ndef falsify"),
    ),
    "handler of a builtin by its full name": (
        "PV-VER-019",
        8,
        asserting(
            "        try:\n            assert implementation(x=x)\n"
            "        except builtins.AssertionError:\n            pass\n"
        ).edit(TEST, "def falsify", "import builtins\n\n\ndef falsify"),
    ),
    "assertion whose failure is the exception expected": (
        "PV-VER-019",
        8,
        asserting(
            "        with pytest.raises(Exception):\n            assert implementation(x=x)\n"
        ).edit(TEST, "def falsify", "import pytest\n\n\ndef falsify"),
    ),
    "failure dropped by finally": (
        "PV-VER-019",
        5,
        asserting(
            "        try:\n            assert implementation(x=x)\n        finally:\n"
            "            continue\n"
        ),
    ),
    "failure swallowed in an exception group": (
        "PV-VER-019",
        5,
        asserting(
            "        try:\n            assert implementation(x=x)\n"
            "        except* AssertionError:\n            pass\n"
        ),
    ),
    "failure swallowed in a helper": (
        "PV-VER-019",
        9,
        asserting("        check(implementation(x=x))\n").append(
            TEST,
            "\n\ndef check(value):\n    try:\n        assert value >= 0\n"
            "    except AssertionError:\n        pass\n",
        ),
    ),
    "helper that asserts True": (
        "PV-VER-017",
        8,
        asserting("        check(implementation(x=x))\n").append(
            TEST, "\n\ndef check(value):\n    assert True\n"
        ),
    ),
    "raises what it raises itself": (
        "PV-VER-017",
        7,
        asserting(
            "        with pytest.raises(ValueError):\n            implementation(x=x)\n"
            "            raise ValueError\n"
        ).edit(TEST, "def falsify", "import pytest\n\n\ndef falsify"),
    ),
    "raises that is no with": (
        "PV-VER-017",
        7,
        asserting("        pytest.raises(ValueError)\n").edit(
            TEST, "def falsify", "import pytest\n\n\ndef falsify"
        ),
    ),
    "numpy context that is no with": (
        "PV-VER-017",
        7,
        asserting("        npt.assert_no_warnings()\n").edit(
            TEST, "def falsify", "import numpy.testing as npt\n\n\ndef falsify"
        ),
    ),
    "numpy comparison with itself by keyword": (
        "PV-VER-017",
        7,
        asserting("        npt.assert_equal(actual=x, desired=x)\n").edit(
            TEST, "def falsify", "import numpy.testing as npt\n\n\ndef falsify"
        ),
    ),
    "assertion in an empty range": (
        "PV-VER-016",
        4,
        GREEN.edit(TEST, "range(-largest, largest + 1)", "range(1, 1)"),
    ),
    "test file that does not parse": ("PV-VER-018", 4, GREEN.edit(TEST, ">= 0", ">=")),
}


ALWAYS_TRUE = (
    "[implementation(x=x) >= 0]",
    "{x: implementation(x=x)}",
    "(implementation(x=x) >= 0 for _ in [x])",
    "lambda: implementation(x=x) >= 0",
    "f'{implementation(x=x)}'",
    "True if implementation(x=x) >= 0 else 1",
    "all([])",
    "all(implementation(x=x) >= 0 for x in range(0))",
    "not any([implementation(x=y) < 0 for y in ()])",
    "bool(1)",
    "x == x == x",
    "x == x or implementation(x=x)",
    "x <= x and not x != x",
    "x == pytest.approx(x)",
    "len([x]) >= 0",
    "len([x]) > -1",
    "0 <= len([x])",
    "-1 < len([x])",
)
MAY_FAIL = (
    "all(implementation(x=y) >= 0 for y in [x, -x])",
    "implementation(x=x) == implementation(x=x)",
    "0 <= abs(implementation(x=x)) <= 9",
    "len([implementation(x=x)]) == 1",
    "len(str(implementation(x=x))) > 0",
    "not implementation(x=x) < 0",
    "implementation(x=x) if x else x == 0",
    "any(implementation(x=x) == y for y in range(9))",
)


@pytest.mark.parametrize("test", ALWAYS_TRUE)
def test_assertion_that_always_holds(test: str, findings_in: FindingsIn) -> None:
    findings = findings_in(asserting(f"        assert {test}\n"))
    assert [(f.code, f.location.line) for f in findings] == [("PV-VER-017", 4)]


@pytest.mark.parametrize("test", MAY_FAIL)
def test_assertion_that_may_fail(test: str, findings_in: FindingsIn) -> None:
    assert findings_in(asserting(f"        assert {test}\n")) == ()


@pytest.mark.parametrize("name", SOUND)
def test_sound_project_has_no_findings(name: str, findings_in: FindingsIn) -> None:
    assert findings_in(SOUND[name]) == ()


@pytest.mark.parametrize("name", DRIFTS)
def test_drift_is_the_one_finding_at_its_line(name: str, findings_in: FindingsIn) -> None:
    code, line, example = DRIFTS[name]
    findings = findings_in(example)
    assert {finding.code for finding in findings} == {code}
    assert findings[0].location.line == line
