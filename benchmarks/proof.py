"""What a proof costs, as ratios: against its bars, and against what one would do without it.

``python benchmarks/proof.py [--json]``; with ``make bench`` from a checkout. Everything is measured
in this one run, on this machine, one thing after the other.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from report import Row, need, run

ROOT = Path(__file__).parent.parent
JAX_CONTRACT = "kd-loss-forward-kl-v1"
FALSIFIERS = 20
EACH = 10
"""Mutants of each falsifier."""
MUTANTS = FALSIFIERS * EACH
ONE_BY_ONE = 5
"""How many of them are done the other way; the rest is scaled."""
TIMES = 3
WORKERS = 2


class Spent(NamedTuple):
    """Seconds by the clock, and of processor time with all that was started (Unix)."""

    wall: float
    cpu: float


def measure() -> Iterator[Row]:
    """All rows."""
    yield from pure_python()
    yield from jax_contract()


def pure_python() -> Iterator[Row]:
    """Two hundred declared mutants of functions that cost nothing."""
    with tempfile.TemporaryDirectory(prefix="pv-bench-") as name:
        folder = Path(name)
        _write_project(folder / "one", 1, 1)
        _write_project(folder / "all", FALSIFIERS, EACH)
        one = _best(folder / "one", 1)
        whole = _best(folder / "all", MUTANTS)
        single = _one_by_one(folder / "all")
    yield Row(
        f"{MUTANTS} declared mutants of {FALSIFIERS} falsifiers in pure Python, CPU seconds beyond "
        "start-up",
        "1 second",
        whole.cpu - one.cpu,
        1.0,
        f"{whole.cpu:.2f} s - {one.cpu:.2f} s for one mutant (each from cold, the best of {TIMES}; "
        f"by the clock {whole.wall:.2f} s - {one.wall:.2f} s)",
    )
    spent = whole.wall
    yield Row(
        f"`pv prove` of {MUTANTS} declared mutants, start-up and all",
        "a copy of the project and a pytest process for each mutant",
        spent / (single * MUTANTS),
        1.0,
        f"{spent:.2f} s / {single * MUTANTS:.0f} s ({ONE_BY_ONE} measured, {single:.2f} s each, "
        f"scaled to {MUTANTS})",
    )


def jax_contract() -> Iterator[Row]:
    """A contract of this repository whose code is compiled anew under each fault."""
    with tempfile.TemporaryDirectory(prefix="pv-bench-") as name:
        folder = Path(name)
        for part in ("aprender", "contracts", "falsifiers"):
            shutil.copytree(ROOT / part, folder / part)
        for part in ("pyproject.toml", "conftest.py"):
            shutil.copy(ROOT / part, folder)
        (folder / "tests").mkdir()  # named in the configuration, and not needed
        with _empty_cache():
            clean, result = _pv(folder, "run", JAX_CONTRACT)
        need(result["exit_code"] == 0, "the clean run is not green", result)
        with _empty_cache():
            spent, proof = _prove(folder, WORKERS, JAX_CONTRACT)
        need(proof["exit_code"] == 0, "the proof has findings", proof)
    clean, spent = clean.wall, spent.wall
    judgements = proof["judgements"]
    declared = len({j["mutant"] for j in judgements if not j["is_extreme"]})
    extreme = sum(j["is_extreme"] for j in judgements)
    budget = (declared + extreme + 1) * clean / WORKERS
    yield Row(
        f"`pv prove {JAX_CONTRACT}` from cold, {WORKERS} workers",
        "(mutants + 1) * a cold `pv run` of the same / workers",
        spent / budget,
        1.0,
        f"{spent:.1f} s / (({declared} declared + {extreme} extreme + 1) * {clean:.1f} s "
        f"/ {WORKERS}) = {budget:.1f} s",
    )


def _write_project(folder: Path, functions: int, terms: int) -> None:
    """A project of ``functions``, each with a falsifier and a mutant for each of its ``terms``."""
    sources = {
        "pyproject.toml": '[tool.pytest.ini_options]\npython_functions = ["falsify_*"]\n'
        'pythonpath = ["."]\n\n[tool.pv]\n',
        "subject.py": "".join(
            f"def f{i}(x):\n    return sum([{', '.join(map(_term, range(terms)))}])\n\n\n"
            for i in range(functions)
        ),
        "falsifiers/test_subject.py": "import subject\n"
        + "".join(
            f"\n\ndef falsify_sum_{i:03d}_adds():\n"
            f"    assert subject.f{i}(1) == {sum(j + 3 for j in range(terms))}\n"
            for i in range(functions)
        ),
        # JSON is YAML.
        "contracts/sum-v1.yaml": json.dumps(_contract(functions, terms), indent=1),
    }
    for path, text in sources.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")


def _term(j: int) -> str:
    return f"x + {j + 2}"


def _contract(functions: int, terms: int) -> dict[str, Any]:
    return {
        "metadata": {"version": "1.0.0", "description": "sums", "references": ["any textbook"]},
        "equations": {"sum": {"formula": "f(x) = sum of x + n"}},
        "falsification_tests": [
            {
                "id": f"FALSIFY-SUM-{i:03d}",
                "rule": "adds",
                "prediction": "f(1) = sum of 1 + n",
                "if_fails": "a term is lost",
                "test": f"falsifiers/test_subject.py::falsify_sum_{i:03d}_adds",
                "mutants": [f"lost-{i}-{j}" for j in range(terms)],
            }
            for i in range(functions)
        ],
        "mutants": [
            {
                "id": f"lost-{i}-{j}",
                "target": f"subject:f{i}",
                "replace": _term(j),
                "with": "x",
                "why": "the term is lost",
            }
            for i in range(functions)
            for j in range(terms)
        ],
    }


def _best(project: Path, size: int) -> Spent:
    """The least that all mutants of a project took, from cold."""
    runs = []
    for _ in range(TIMES):
        with _empty_cache():
            spent, proof = _prove(project, 1)
        need(proof["denominators"]["declared_killed"] == size, "a mutant was not killed", proof)
        runs.append(spent)
    return Spent(min(run.wall for run in runs), min(run.cpu for run in runs))


def _one_by_one(project: Path) -> float:
    """Seconds for one mutant in a copy of the project, judged by a pytest process of its own."""
    start = time.perf_counter()
    for i in range(ONE_BY_ONE):
        with tempfile.TemporaryDirectory(prefix="pv-bench-") as name:
            copy = shutil.copytree(project, Path(name, "project"))
            file = copy / "subject.py"
            file.write_text(file.read_text("utf-8").replace(_term(i), "x"), "utf-8")
            test = f"falsifiers/test_subject.py::falsify_sum_{i:03d}_adds"
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]
            done = subprocess.run(command, cwd=copy, capture_output=True, check=False)
            need(done.returncode == 1, "pytest did not go red", done.stdout)
    return (time.perf_counter() - start) / ONE_BY_ONE


def _prove(project: Path, workers: int, *contracts: str) -> tuple[Spent, dict[str, Any]]:
    return _pv(project, "prove", *contracts, "--workers", str(workers))


def _pv(project: Path, *arguments: str) -> tuple[Spent, dict[str, Any]]:
    """What a command took, and what it printed."""
    command = [sys.executable, "-m", "pv", *arguments, "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start, before = time.perf_counter(), os.times()
    done = subprocess.run(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, check=False
    )
    wall, after = time.perf_counter() - start, os.times()
    cpu = after.children_user + after.children_system
    cpu -= before.children_user + before.children_system
    try:
        return Spent(wall, cpu), json.loads(done.stdout)
    except ValueError:
        raise SystemExit(
            f"{' '.join(arguments)} printed no JSON (exit {done.returncode})"
        ) from None


@contextmanager
def _empty_cache() -> Iterator[None]:
    """Nothing is known from earlier runs."""
    before = os.environ.get("XDG_CACHE_HOME")
    with tempfile.TemporaryDirectory(prefix="pv-bench-") as name:
        os.environ["XDG_CACHE_HOME"] = name
        try:
            yield
        finally:
            if before is None:
                del os.environ["XDG_CACHE_HOME"]
            else:
                os.environ["XDG_CACHE_HOME"] = before


if __name__ == "__main__":
    sys.exit(run(__doc__, measure))
