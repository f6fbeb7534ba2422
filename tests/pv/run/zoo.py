"""One project with a falsifier of every kind, and the verdict that each must get."""

from __future__ import annotations

from tests.pv.run.conftest import contract, falsifier

MAIN = """
import numpy as np
import pytest
from absval import absval
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from falsifiers.oracles.absval import truth
from falsifiers.support import check
from hypothesis import given, settings, strategies as st
from numpy.testing import assert_allclose


def falsify_zoo_001_passes(falsifier, implementation):
    for x in falsifier.params["points"]:
        assert implementation(x=x) >= 0


def falsify_zoo_002_fails(implementation):
    assert implementation(x=1) == 2


@pytest.mark.skip(reason="not today")
def falsify_zoo_003_skip_mark():
    assert absval(1) == 1


def falsify_zoo_004_skip_call():
    pytest.skip("no time")


@pytest.mark.xfail(reason="known")
def falsify_zoo_005_xfail():
    assert absval(1) == 2


@pytest.mark.xfail(reason="known", strict=False)
def falsify_zoo_006_xpass():
    assert absval(1) == 1


def falsify_zoo_007_vacuous(implementation):
    implementation(x=1)
    return True


def falsify_zoo_008_unreached(implementation):
    assert implementation.name == "plain"


@pytest.fixture
def broken():
    raise RuntimeError("no such thing")


def falsify_zoo_009_fixture_raises(broken):
    assert absval(1) == 1


@pytest.mark.parametrize("x", [-1, 1])
def falsify_zoo_010_case_zero_red(x):
    assert absval(x) == x


def falsify_zoo_011_numpy(implementation):
    assert_allclose(implementation(x=-1.0), 1.0)


def falsify_zoo_012_raises():
    with pytest.raises(TypeError):
        absval("x")


def falsify_zoo_013_enters_one():
    assert absval(-1) == 1


@settings(max_examples=9, database=None)
@given(x=st.integers())
def falsify_zoo_014_hypothesis(implementation, x):
    assert implementation(x=x) >= 0


@settings(max_examples=9, database=None)
@given(x=st.integers())
def falsify_zoo_031_hypothesis_vacuous(x):
    absval(x)


def falsify_zoo_032_only_the_oracle_asserts():
    truth(1)


def falsify_zoo_015_excused(implementation):
    assert implementation(x=-2) == 2


def falsify_zoo_016_world_absent(implementation):
    raise RuntimeError("must not run")


def falsify_zoo_017_wrong_arguments(implementation):
    assert implementation(y=1) == 1


class TestZoo:
    def falsify_zoo_018_method(self, implementation):
        assert implementation(x=3) == 3


def falsify_zoo_019_helper(implementation):
    check(implementation(x=-1))


def falsify_zoo_020_shared(implementation):
    assert implementation(x=-1) == 1


@pytest.fixture
def noisy():
    yield
    raise RuntimeError("could not clean up")


def falsify_zoo_022_teardown_raises(noisy):
    assert absval(1) == 1


def falsify_zoo_023_target_gone(implementation):
    assert implementation(x=1) == 1


@pytest.fixture
def checked():
    assert absval(1) == 1


def falsify_zoo_024_asserts_in_fixture_only(checked):
    absval(1)


def falsify_zoo_025_cli(cli):
    result = cli("json.tool", "--help")
    assert (result.exit_code, "usage" in result.stdout, result.stderr) == (0, True, "")


@pytest.mark.xfail(run=False, reason="crashes")
def falsify_zoo_026_xfail_not_run():
    assert absval(1) == 1


def falsify_zoo_027_mixed_world(implementation):
    np.testing.assert_equal(implementation(x=-1), 1)


def falsify_zoo_028_raises_unasserted(implementation):
    implementation(x=None)


def falsify_zoo_029_no_implementation(implementation):
    assert implementation(x=1)


def falsify_zoo_030_read_only(falsifier):
    with pytest.raises(TypeError):
        falsifier.params["points"] = ()
    with pytest.raises(AttributeError):
        falsifier.id = "x"
    assert (falsifier.id, falsifier.params["points"]) == ("FALSIFY-ZOO-030", (1,))


def caught(value):
    try:
        assert value == 2
    except AssertionError as error:
        return error


def falsify_zoo_033_swallowed_in_a_helper(implementation):
    assert implementation(x=1) == 1
    caught(implementation(x=1))


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return True


def falsify_zoo_034_swallowed_by_a_context():
    assert absval(1) == 1
    with Quiet():
        assert absval(1) == 2


def falsify_zoo_035_swallowed_by_a_thread(implementation):
    def check():
        assert implementation(x=1) == 2

    thread = Thread(target=check)
    thread.start()
    thread.join()
    assert implementation(x=1) == 1


def falsify_zoo_036_failure_expected(implementation):
    check(implementation(x=-1))
    with pytest.raises(AssertionError):
        check(2)


def falsify_zoo_037_numpy_swallowed():
    try:
        assert_allclose(absval(-1.0), 2.0)
    except AssertionError:
        assert absval(1) == 1


def falsify_zoo_038_swallowed_as_any_exception():
    with pytest.raises(Exception):
        assert absval(1) == 2


def falsify_zoo_039_refuses_wrong_arguments(implementation):
    with pytest.raises(Exception):
        implementation(y=implementation(x=1))


class TestReplaced:
    @pytest.fixture
    def implementation(self, implementation):
        return lambda x: abs(implementation(x=x))

    def falsify_zoo_048_fixture_replaced(self, implementation):
        assert implementation(x=-1) == 1


def falsify_zoo_049_exchanged_by_a_hook(implementation):
    assert implementation(x=-1) == 2


def falsify_zoo_050_asserts_in_threads(implementation):
    def check(x):
        assert implementation(x=x) >= 0

    with ThreadPoolExecutor() as pool:
        list(pool.map(check, range(3)))


def falsify_zoo_051_excused_from_all():
    assert absval(1) == 1
"""

CONFTEST = """
def pytest_itemcollected(item):
    if "exchanged" in item.name:
        item.obj = easy


def easy(implementation):
    assert implementation(x=-1) == 1
"""

DISAGREE = """
from absval import absval


def falsify_zoo_040_replaced():
    assert absval(1) == 1


def _imposter():
    assert absval(1) != 2


globals()["falsify_zoo_040_replaced"] = _imposter


def falsify_zoo_041_hidden():
    assert absval(1) == 1


falsify_zoo_041_hidden.__test__ = False
"""

EMPTY = """
import pytest


@pytest.mark.parametrize("x", [])
def falsify_zoo_042_no_cases(x):
    assert x
"""

BODY = "\n\ndef falsify_zoo_{}():\n    assert 1 + int('1') == 2\n"

FILES = {
    "falsifiers/__init__.py": "",
    "falsifiers/conftest.py": CONFTEST,
    "falsifiers/oracles/absval.py": "def truth(x):\n    assert x\n",
    "falsifiers/support.py": "def check(x):\n    assert x == 1\n",
    "falsifiers/test_zoo.py": MAIN,
    "falsifiers/test_disagree.py": DISAGREE,
    "falsifiers/test_empty.py": EMPTY,
    "falsifiers/test_import.py": "import nowhere_at_all" + BODY.format("043_import_error"),
    "falsifiers/test_exit.py": "import sys\n\nsys.exit(0)" + BODY.format("044_system_exit"),
    "falsifiers/test_skip.py": "import pytest\n\npytest.skip('later', allow_module_level=True)"
    + BODY.format("045_module_skip"),
    "contracts/zoo-v1.yaml": contract(
        falsifier(1, "passes", covers=["both"], params={"points": [-1, 0, 1]}),
        falsifier(2, "fails", covers=["absval"]),
        falsifier(3, "skip_mark"),
        falsifier(4, "skip_call"),
        falsifier(5, "xfail"),
        falsifier(6, "xpass"),
        falsifier(7, "vacuous", covers=["absval"]),
        falsifier(8, "unreached", covers=["absval"]),
        falsifier(9, "fixture_raises"),
        falsifier(10, "case_zero_red"),
        falsifier(11, "numpy", covers=["both"]),
        falsifier(12, "raises"),
        falsifier(13, "enters_one", covers=["both"]),
        falsifier(14, "hypothesis", covers=["both"]),
        falsifier(
            15,
            "excused",
            covers=["both"],
            excused=[{"implementation": "other", "reason": "slow"}],
        ),
        falsifier(16, "world_absent", covers=["absval"], world={"backend": "gpu"}),
        falsifier(17, "wrong_arguments", covers=["absval"]),
        {
            **falsifier(18, "method", covers=["absval"]),
            "test": "falsifiers/test_zoo.py::TestZoo::falsify_zoo_018_method",
        },
        falsifier(19, "helper", covers=["absval"]),
        falsifier(20, "shared", covers=["absval"]),
        {
            **falsifier(21, "shared", covers=["both"]),
            "test": "falsifiers/test_zoo.py::falsify_zoo_020_shared",
        },
        falsifier(22, "teardown_raises"),
        falsifier(23, "target_gone", covers=["gone"]),
        falsifier(24, "asserts_in_fixture_only"),
        falsifier(25, "cli"),
        falsifier(26, "xfail_not_run"),
        falsifier(27, "mixed_world", covers=["mixed"]),
        falsifier(28, "raises_unasserted", covers=["absval"]),
        falsifier(29, "no_implementation"),
        falsifier(30, "read_only", params={"points": [1]}),
        falsifier(31, "hypothesis_vacuous"),
        falsifier(32, "only_the_oracle_asserts"),
        falsifier(33, "swallowed_in_a_helper", covers=["absval"]),
        falsifier(34, "swallowed_by_a_context"),
        falsifier(35, "swallowed_by_a_thread", covers=["absval"]),
        falsifier(36, "failure_expected", covers=["absval"]),
        falsifier(37, "numpy_swallowed"),
        falsifier(38, "swallowed_as_any_exception"),
        falsifier(39, "refuses_wrong_arguments", covers=["absval"]),
        {
            **falsifier(48, "fixture_replaced", covers=["absval"]),
            "test": "falsifiers/test_zoo.py::TestReplaced::falsify_zoo_048_fixture_replaced",
        },
        falsifier(49, "exchanged_by_a_hook", covers=["absval"]),
        falsifier(50, "asserts_in_threads", covers=["absval"]),
        falsifier(
            51,
            "excused_from_all",
            covers=["absval"],
            excused=[{"implementation": "plain", "reason": "slow"}],
        ),
        falsifier(40, "replaced", "test_disagree.py"),
        falsifier(41, "hidden", "test_disagree.py"),
        falsifier(42, "no_cases", "test_empty.py"),
        falsifier(43, "import_error", "test_import.py"),
        falsifier(44, "system_exit", "test_exit.py"),
        falsifier(45, "module_skip", "test_skip.py"),
        falsifier(46, "renamed"),
        falsifier(47, None),
    ),
    "contracts/damaged-v1.yaml": "metadata: [\n",
}

# Number -> (verdict, a word of the reason or of pytest's text)
VERDICTS = {
    1: ("passed", ""),
    2: ("failed", "assert 1 == 2"),
    3: ("skipped", "not today"),
    4: ("skipped", "no time"),
    5: ("xfailed", "known"),
    6: ("xpassed", ""),
    7: ("vacuous", ""),
    8: ("impl-unreached", "absval:absval"),
    9: ("error", "no such thing"),
    10: ("failed", "assert 1 == -1"),
    11: ("passed", ""),
    12: ("passed", ""),
    13: ("impl-unreached", "absval:other"),
    14: ("passed", ""),
    15: ("passed", ""),
    16: ("world-absent", "gpu"),
    17: ("failed", "signature"),
    18: ("passed", ""),
    19: ("passed", ""),
    20: ("passed", ""),
    21: ("passed", ""),
    22: ("error", "could not clean up"),
    23: ("error", "gone"),
    24: ("vacuous", ""),
    25: ("passed", ""),
    26: ("xfailed", "crashes"),
    27: ("passed", ""),
    28: ("failed", "TypeError"),
    29: ("error", "covers"),
    30: ("passed", ""),
    31: ("vacuous", ""),
    32: ("vacuous", ""),
    33: ("swallowed", ""),
    34: ("swallowed", ""),
    35: ("swallowed", ""),
    36: ("passed", ""),
    37: ("swallowed", ""),
    38: ("swallowed", ""),
    39: ("failed", "signature"),
    40: ("vacuous", ""),  # what asserts there is not the cited function
    41: ("not-collected", "falsify_zoo_041_hidden"),
    42: ("error", "Empty parameter set"),
    43: ("error", "nowhere_at_all"),
    44: ("error", "SystemExit(0)"),
    45: ("skipped", "later"),
    46: ("unresolved", "falsify_zoo_046_renamed"),
    47: ("unbound", ""),
    48: ("error", "test_zoo.py"),
    49: ("vacuous", ""),
    50: ("passed", ""),
    51: ("not-run", ""),
}
