"""The runner believes only what was recorded, and refuses what cannot be believed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pv.exit_code import ExitCode, UsageError
from pv.gate.check import lint
from pv.rules.engine import Options as LintOptions
from pv.run.judge import judge
from pv.run.load import load_plan
from pv.run.runner import Options, run
from pv.workspace import open_workspace
from tests.pv.run.conftest import PYPROJECT, contract, falsifier

GREEN = Path(__file__).parents[4] / "shared" / "green-project"

GOOD = """
from absval import absval


def falsify_zoo_001_good(implementation):
    assert implementation(x=-1) == 1
"""
SECOND = "\n\ndef falsify_zoo_002_second():\n    {}\n    assert absval(1) == 1\n"

PASSES = {
    "falsifiers/test_zoo.py": GOOD,
    "contracts/zoo-v1.yaml": contract(falsifier(1, "good", covers=["absval"])),
}
TWO = {
    "contracts/zoo-v1.yaml": contract(
        falsifier(1, "good", covers=["absval"]), falsifier(2, "second")
    )
}


def two(statement: str) -> dict[str, str]:
    return {**TWO, "falsifiers/test_zoo.py": GOOD + SECOND.format(statement)}


def words(result) -> dict[str, str]:
    return {f.id[-3:]: f.verdict.value for f in result.falsifiers}


def test_passes_although_pytest_cached_the_file_before(project, monkeypatch):
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    root = project(PASSES)
    command = [sys.executable, "-m", "pytest", "-p", "no:pv", "falsifiers", "-q", "--co"]
    subprocess.run(command, cwd=root, check=False, capture_output=True)
    assert list(root.glob("falsifiers/__pycache__/*pytest*"))
    result = run(root)
    assert words(result) == {"001": "passed"}
    assert result.exit_code is ExitCode.CLEAN
    assert result.denominators.cells_passed == 1


def test_green_project(tmp_path):
    if not GREEN.is_dir():
        assert os.environ.get("CI") != "true", f"CI needs {GREEN}"
        pytest.skip(f"not run: {GREEN} is not here")
    root = Path(shutil.copytree(GREEN, tmp_path / "green"))
    assert lint(open_workspace(root), LintOptions(strict_test_binding=True)).findings == ()
    result = run(root)
    assert result.exit_code is ExitCode.CLEAN
    assert [(c.cell.implementation, c.verdict.value) for c in result.falsifiers[0].cells] == [
        ("plain", "passed")
    ]


def test_process_that_ends_itself(project):
    root = project(two("import os; os._exit(0)"))
    result = run(root)
    assert result.exit_code is ExitCode.FINDINGS
    assert {f.code for f in result.findings} >= {"PV-RUN-013"}
    assert not (root / ".pv").exists()


def test_worker_that_ends_itself(project):
    result = run(project(two("import os; os._exit(0)")), options=Options(workers=1))
    assert words(result) == {"001": "passed", "002": "error"}
    assert result.exit_code is ExitCode.FINDINGS


def test_session_that_is_ended(project):
    result = run(project(two("import pytest; pytest.exit('enough', returncode=0)")))
    assert words(result) == {"001": "passed", "002": "not-run"}
    assert result.exit_code is ExitCode.FINDINGS


def test_exit_status_that_is_forged(project):
    conftest = """
import pytest

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0
"""
    result = run(project({**two("assert False"), "falsifiers/conftest.py": conftest}))
    assert words(result) == {"001": "passed", "002": "failed"}
    assert result.exit_code is ExitCode.FINDINGS


def test_items_that_are_dropped(project):
    conftest = """
def pytest_collection_modifyitems(items):
    del items[1:]
"""
    result = run(project({**two("pass"), "falsifiers/conftest.py": conftest}))
    assert words(result) == {"001": "passed", "002": "not-run"}
    assert result.exit_code is ExitCode.FINDINGS


def test_session_that_fails_although_everything_passed(project):
    conftest = """
def pytest_sessionfinish(session):
    session.exitstatus = 1
"""
    result = run(project({**PASSES, "falsifiers/conftest.py": conftest}))
    assert [f.code for f in result.findings] == ["PV-RUN-013"]


def test_lax_configuration(project):
    lax = PYPROJECT.replace(', "falsify_*"', "")
    with pytest.raises(UsageError, match="python_functions"):
        run(project({**PASSES, "pyproject.toml": lax}))


def test_optimised_python(project, monkeypatch):
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    with pytest.raises(UsageError, match="PYTHONOPTIMIZE"):
        run(project(PASSES))


def test_workers_without_xdist(project, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(UsageError, match="pytest-xdist"):
        run(project(PASSES), options=Options(workers=2))


def test_unknown_contract(project):
    with pytest.raises(UsageError, match="did you mean zoo-v1"):
        run(project(PASSES), ["zoo-v2"])


def test_nothing_to_run(project):
    root = project({"contracts/zoo-v1.yaml": contract(falsifier(1, None))})
    assert run(root).exit_code is ExitCode.NOTHING_JUDGED
    (root / "contracts/zoo-v1.yaml").unlink()
    assert run(root).exit_code is ExitCode.NOTHING_JUDGED


LIVE = {
    "falsifiers/test_zoo.py": GOOD + SECOND.format("raise RuntimeError"),
    "contracts/zoo-v1.yaml": contract(
        falsifier(1, "good", covers=["absval"]),
        falsifier(2, "second", level="live", world={"backend": "gpu"}),
    ),
}


def test_absent_world(project, monkeypatch):
    root = project(LIVE)
    monkeypatch.setattr("pv.run.runner.judge", seen := Remember())
    result = run(root)
    assert words(result) == {"001": "passed", "002": "world-absent"}
    assert result.exit_code is ExitCode.CLEAN
    required = judge(seen.plan, seen.observation, require_live=True)
    assert required.exit_code is ExitCode.NOTHING_JUDGED
    claims = contract(*_falsifiers(LIVE), status="DISCHARGED")
    (root / "contracts/zoo-v1.yaml").write_text(claims, "utf-8")
    plan, _ = load_plan(open_workspace(root))
    claimed = judge(plan, seen.observation)
    assert claimed.exit_code is ExitCode.NOTHING_JUDGED
    assert "DISCHARGED" in claimed.declined[0]


class Remember:
    def __call__(self, plan, observation, **options):
        self.plan, self.observation = plan, observation
        return judge(plan, observation, **options)


def _falsifiers(files: dict[str, str]) -> list[dict]:
    import yaml

    return yaml.safe_load(files["contracts/zoo-v1.yaml"])["falsification_tests"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_ends_the_child_and_leaves_nothing(project, number, code):
    statement = "import os, time; open('started', 'w').write(str(os.getpid())); time.sleep(60)"
    root = project(two(statement))
    command = [sys.executable, "-m", "pv", "run"]
    process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    started = root / "started"
    deadline = time.monotonic() + 30
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=20)
    assert process.returncode == code
    assert not (root / ".pv").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npython_functions = nothing\n"),
        ("tox.ini", "[pytest]\npython_files = nothing\n"),
        ("setup.cfg", "[tool:pytest]\naddopts = --deselect falsifiers/test_zoo.py\n"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npython_functions = ['nothing']\n"),
    ],
)
@pytest.mark.parametrize("workers", [0, 1])
def test_configuration_among_the_tests_changes_nothing(project, name, text, workers):
    root = project({**PASSES, f"falsifiers/{name}": text})
    result = run(root, options=Options(workers=workers))
    assert words(result) == {"001": "passed"}
    assert result.exit_code is ExitCode.CLEAN


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npython_functions = falsify_\npython_files = zoo_*.py\n"),
        ("tox.ini", "[pytest]\npython_functions = falsify_\npython_files = zoo_*.py\n"),
        ("setup.cfg", "[tool:pytest]\npython_functions = falsify_\npython_files = zoo_*.py\n"),
    ],
)
def test_configuration_of_the_root_is_obeyed(project, name, text):
    files = {
        "pyproject.toml": "[tool.pv]\n",
        "contracts/zoo-v1.yaml": contract(
            falsifier(1, "good", covers=["absval"], file="zoo_first.py")
        ),
        "falsifiers/zoo_first.py": GOOD,
        "conftest.py": "import sys\nfrom pathlib import Path\n"
        "sys.path.insert(0, str(Path(__file__).parent))\n",
        name: text,
    }
    result = run(project(files))
    assert words(result) == {"001": "passed"}


@pytest.mark.parametrize("path", [".pv", ".pv/evidence"])
def test_file_where_records_belong_is_refused_before_anything_runs(project, path):
    root = project({**PASSES, path: ""})
    with pytest.raises(UsageError, match=f"{path}: not a directory, and records are kept in it"):
        run(root)
    assert not list(root.rglob("__pycache__"))
