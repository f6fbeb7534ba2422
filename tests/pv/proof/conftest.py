"""Projects on disk for the tests of the prover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

from pv.proof.outcome import ProofResult
from pv.proof.prove import prove
from tests.pv.run.conftest import write_project

SUBJECT = """\
def absval(x):
    return x if x > 0 else -x


def other(x):
    return max(x, -x)
"""

# Entries of a contract: keyword arguments replace or add keys.


def mutant(name: str = "sign-kept", **keys: str) -> dict:
    entry = {
        "id": name,
        "target": "absval:absval",
        "replace": "-x",
        "with": "x",
        "why": "the sign survives",
    }
    return {**entry, **keys}


def falsifier(number: int = 1, *mutants: str, name: str = "good", **keys: object) -> dict:
    return {
        "id": f"FALSIFY-ABS-{number:03d}",
        "rule": "never negative",
        "prediction": "f(x) >= 0",
        "if_fails": "the sign survives",
        "test": f"falsifiers/test_abs.py::falsify_abs_{number:03d}_{name}",
        "mutants": list(mutants),
        **keys,
    }


def contract(
    falsifiers: list[dict],
    mutants: list[dict],
    waivers: Sequence[dict] = (),
    **implementations: str,
) -> str:
    targets = implementations or {"plain": "absval:absval"}
    return yaml.safe_dump(
        {
            "metadata": {"version": "1.0.0", "description": "abs", "references": ["a textbook"]},
            "implementations": {name: {"target": target} for name, target in targets.items()},
            "equations": {
                "absval": {
                    "formula": "f(x) = |x|",
                    "signature": "(x)",
                    "domain": "x real",
                    "invariants": ["f(x) >= 0"],
                    "implementations": list(targets),
                }
            },
            "falsification_tests": falsifiers,
            "mutants": mutants,
            "waivers": list(waivers),
        },
        sort_keys=False,
    )


GOOD = """
from absval import absval


def falsify_abs_001_good():
    assert absval(-2) == 2
"""

Prove = Callable[..., ProofResult]


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def plant(tmp_path: Path) -> Callable[..., Path]:
    """Write a project with one contract."""

    def write(
        falsifiers: list[dict],
        mutants: list[dict],
        tests: str = GOOD,
        subject: str = SUBJECT,
        files: dict[str, str] | None = None,
        waivers: Sequence[dict] = (),
        **implementations: str,
    ) -> Path:
        return write_project(
            tmp_path,
            {
                "absval.py": subject,
                "falsifiers/test_abs.py": tests,
                "contracts/abs-v1.yaml": contract(falsifiers, mutants, waivers, **implementations),
                **(files or {}),
            },
        )

    return write


@pytest.fixture
def prove_project(plant: Callable[..., Path]) -> Prove:
    """Write a project with one contract, and prove it with one worker."""
    return lambda *given, **named: prove(plant(*given, **named), workers=1)


def words(result: ProofResult) -> dict[str, str]:
    """Verdicts of the declared mutants."""
    return {j.mutant: j.word for j in result.judgements if not j.is_extreme}
