"""Drift that only running shows, as the gate tells it (D14 and H10; the others are beside)."""

from __future__ import annotations

import pytest

from pv.exit_code import ExitCode
from pv.gate import gate
from pv.workspace import open_workspace

TEST = "falsifiers/test_absval_v1.py"


def findings(repository) -> list[tuple[str, str]]:
    step = gate.take("run", open_workspace(repository.root), gate.Options())
    assert step.exit_code is (ExitCode.FINDINGS if step.data["findings"] else ExitCode.CLEAN)
    return [(f["code"], f["message"].partition(":")[0]) for f in step.data["findings"]]


def test_nothing_drifted(repository):
    assert findings(repository) == []


def test_test_that_never_enters_the_implementation(repository):
    """D14: the expectation is computed, and compared with itself."""
    repository.edit(TEST, "implementation(x=x) == max(x, -x)", "abs(x) == max(x, -x)")
    assert findings(repository) == [("PV-RUN-007", "impl-unreached")]


@pytest.mark.parametrize("addopts", ["-m 'not slow'", "-k twice", "--deselect " + TEST])
def test_falsifier_that_no_lane_selects(repository, addopts):
    """H10: the test exists, and the project's own configuration leaves it out."""
    repository.edit(
        "pyproject.toml",
        "[tool.pytest.ini_options]\n",
        f'[tool.pytest.ini_options]\naddopts = "{addopts}"\nmarkers = ["slow"]\n',
    )
    repository.edit(TEST, "def falsify", "import pytest\n\n\n@pytest.mark.slow\ndef falsify")
    assert findings(repository) == [("PV-RUN-010", "not-run")]
