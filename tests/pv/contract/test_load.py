"""Loading: from files, through the cache, and without the parser when nothing changed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pv.cache import Cache
from pv.contract.load import load_contract, load_contracts
from pv.exit_code import UsageError
from pv.finding import Severity
from pv.rules.example import CONTRACT, GREEN, TEST
from pv.rules.registry import contract_rules

DATA = Path(__file__).parents[2] / "data" / "contracts"

WARM_LOAD = """
import sys
from pathlib import Path
from pv.cache import Cache
from pv.contract.load import load_contracts

root = Path(sys.argv[1])
cache = Cache(root / "cache.pickle")
(loaded,) = load_contracts(root, [root / "abs-v1.yaml"], cache)
assert loaded.contract.metadata.version == "1.0.0"
cache.save()
print(*sorted({"pydantic", "yaml"} & sys.modules.keys()))
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    file = tmp_path / "abs-v1.yaml"
    file.write_text(str(GREEN.files[CONTRACT]), "utf-8")
    return file


def test_name_and_path(contract: Path) -> None:
    loaded = load_contract(contract, "contracts/abs-v1.yaml")
    assert (loaded.name, loaded.path) == ("abs-v1", "contracts/abs-v1.yaml")
    assert loaded.contract is not None


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        load_contract(tmp_path / "absent.yaml", "absent.yaml")


def test_a_directory_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a file"):
        load_contract(tmp_path, "contracts")


def test_a_pipe_is_a_usage_error_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    with pytest.raises(UsageError, match="not a file"):
        load_contract(tmp_path / "x.yaml", "x.yaml")


def make_link(directory: Path) -> None:
    (directory / "odd.yaml").symlink_to("moved.yaml")


def make_loop(directory: Path) -> None:
    (directory / "odd.yaml").symlink_to("odd.yaml")


def make_pipe(directory: Path) -> None:
    os.mkfifo(directory / "odd.yaml")


def make_name(directory: Path) -> None:
    Path(os.fsdecode(os.fsencode(directory / "odd") + b"\xff.yaml")).touch()


@pytest.mark.parametrize(
    ("make", "path", "message"),
    [
        (make_link, "contracts/odd.yaml", "a link to nothing"),
        (make_loop, "contracts/odd.yaml", "cannot be read: "),
        (make_pipe, "contracts/odd.yaml", "not a file"),
        (make_name, "contracts/odd\\xff.yaml", "its name is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_one_finding_beside_the_others(
    make: Callable[[Path], None], path: str, message: str, findings_in, tmp_path: Path
) -> None:
    (tmp_path / "contracts").mkdir()
    make(tmp_path / "contracts")
    (finding,) = findings_in(GREEN.edit(TEST, ">= 0", ">=  0"))
    assert (finding.code, finding.severity) == ("PV-YAML-014", Severity.ERROR)
    assert finding.location.path == path
    assert message in finding.message
    path.encode()
    drifted = GREEN.edit(TEST, "def falsify_abs_001", "def falsify_abs_002")
    codes = {finding.code for finding in findings_in(drifted)}
    assert {"PV-YAML-014", "PV-VER-002"} <= codes  # the others are judged


def test_a_file_without_permission_is_a_finding(contract: Path, monkeypatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (loaded,) = load_contracts(contract.parent, [contract], Cache())
    assert loaded.contract is None
    assert [p.message for p in loaded.problems] == ["cannot be read: Permission denied"]


def test_a_changed_file_is_read_again(contract: Path) -> None:
    root, cache = contract.parent, Cache()
    (before,) = load_contracts(root, [contract], cache)
    (again,) = load_contracts(root, [contract], cache)
    assert again is before
    contract.write_text(contract.read_text("utf-8").replace("1.0.0", "1.0.1"), "utf-8")
    (after,) = load_contracts(root, [contract], cache)
    assert after.contract is not None
    assert after.contract.metadata.version == "1.0.1"


def test_equal_files_keep_their_own_paths(contract: Path) -> None:
    copy = contract.with_name("abs-v2.yaml")
    copy.write_bytes(contract.read_bytes())
    loaded = load_contracts(contract.parent, [contract, copy], Cache())
    assert [(one.name, one.path) for one in loaded] == [
        ("abs-v1", "abs-v1.yaml"),
        ("abs-v2", "abs-v2.yaml"),
    ]


def test_a_warm_load_imports_neither_the_parser_nor_the_validator(contract: Path) -> None:
    command = [sys.executable, "-c", WARM_LOAD, str(contract.parent)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)]
    assert [run.stdout.split() for run in runs] == [["pydantic", "yaml"], []]


def test_the_contract_of_the_design_is_valid() -> None:
    """It has every key of our own, and comments after values."""
    file = DATA / "temperature-scaling-v1.yaml"
    loaded = load_contract(file, "contracts/temperature-scaling-v1.yaml")
    findings = [f for rule in contract_rules() for f in rule.check_file(loaded)]
    assert [f for f in findings if f.severity is Severity.ERROR] == []
    assert loaded.contract is not None
    (falsifier, live) = loaded.contract.falsification_tests
    assert falsifier.params == {"cases": 1000, "rel_tol_f64": 1e-12, "ulp_factor_f32": 2e-6}
    assert live.world is not None
    assert live.world.backend == "gpu"
