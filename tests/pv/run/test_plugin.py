"""Plain pytest: the plugin is inert elsewhere, shows its scoreboard here, and lets nothing pass."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.pv.run.conftest import contract, falsifier

TESTS = """
import pytest
from absval import absval


def falsify_zoo_001_good(falsifier, implementation):
    assert implementation(x=-1) == 1


def falsify_zoo_002_second():
    pytest.skip("not today")


def test_other():
    pass
"""


@pytest.fixture
def pytest_in(project):
    def run(files: dict[str, str], *arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(
            command, cwd=project(files), capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


FILES = {
    "falsifiers/test_zoo.py": TESTS,
    "contracts/zoo-v1.yaml": contract(
        falsifier(1, "good", covers=["both"]), falsifier(2, "second")
    ),
}


def test_scoreboard(pytest_in):
    code, text = pytest_in(FILES, "falsifiers", "-k", "falsify_")
    assert code == 1
    assert "passed         FALSIFY-ZOO-001 [other]" in text
    assert "PV-RUN-003 skipped: not today" in text
    assert "warning: pytest lacks xfail_strict = true" in text
    assert "falsifiers declared 2 unbound 0 bound 2 executed 1 passed 1" in text
    assert "partial" not in text


def test_partial(pytest_in):
    code, text = pytest_in(FILES, "falsifiers", "-k", "good")
    assert code == 0
    assert "partial: some falsifiers were not selected; no record is written" in text
    assert "not-run 1" in text


def test_inert_without_table(pytest_in):
    files = {**FILES, "pyproject.toml": "[tool.pytest.ini_options]\npython_functions = 'falsify_*'"}
    code, text = pytest_in(files, "falsifiers", "-k", "good")
    assert code == 1
    assert "fixture 'falsifier' not found" in text
    assert "scoreboard" not in text


def test_broken_configuration_is_a_usage_error(pytest_in):
    files = {**FILES, "pyproject.toml": "[tool.pv]\nfalsifier = []\n"}
    code, text = pytest_in(files)
    assert (code, "did you mean 'falsifiers'" in text) == (4, True)


def test_plugin_is_light():
    code = "import pytest, sys, pv.run.plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pydantic", "rich", "hypothesis", "numpy", "jax", "yaml", "pv.contract.model"}
    assert not heavy & set(done.stdout.split())
