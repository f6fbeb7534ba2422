"""The project root, its options, and which files belong to it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

import pytest

from pv.exit_code import UsageError
from pv.workspace import PytestConfig, files_under, is_contract, open_workspace


def project(root: Path, options: str = "") -> Path:
    (root / "pyproject.toml").write_text(f"[tool.pv]\n{options}")
    for name in ("contracts/a-v1.yaml", "contracts/deep/b-v1.yml", "falsifiers/test_a.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize("start", [".", "contracts", "contracts/a-v1.yaml", "falsifiers"])
def test_root_is_the_same_from_everywhere_inside(start: str, tmp_path: Path) -> None:
    workspace = open_workspace(project(tmp_path) / start)
    assert workspace.root == tmp_path
    assert [workspace.relative(f) for f in workspace.contract_files()] == [
        "contracts/a-v1.yaml",
        "contracts/deep/b-v1.yml",
    ]


def test_project_without_options_is_found_by_its_pyproject(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "contracts").mkdir()
    assert open_workspace(tmp_path / "contracts").root == tmp_path


def contracts_of(root: Path) -> list[str]:
    workspace = open_workspace(root)
    named = [path.relative_to(root).as_posix() for path in files_under([root / "contracts"])]
    assert named == [workspace.relative(file) for file in workspace.contract_files()]
    files = [path.relative_to(root / "contracts") for path in (root / "contracts").rglob("*.*")]
    kept = [f"contracts/{file}" for file in files if is_contract(PurePosixPath(file))]
    assert sorted(kept) == sorted(named)
    return named


def test_hidden_contracts_are_left_out(tmp_path: Path) -> None:
    for name in (".git/x.yaml", "deep/.kept/x.yaml", ".draft.yaml"):
        file = project(tmp_path) / "contracts" / name
        file.parent.mkdir(exist_ok=True)
        file.touch()
    assert contracts_of(tmp_path) == ["contracts/a-v1.yaml", "contracts/deep/b-v1.yml"]


@pytest.mark.parametrize(
    "name", ["C.YAML", "c.Yml", "build/c.yaml", "dist/c.yaml", "venv/c.yml", "node_modules/c.yaml"]
)
def test_no_other_contract_is_passed_over(name: str, tmp_path: Path) -> None:
    file = project(tmp_path) / "contracts" / name
    file.parent.mkdir(exist_ok=True)
    file.touch()
    assert f"contracts/{name}" in contracts_of(tmp_path)


@pytest.mark.parametrize("name", ["build", "dist", "venv", "node_modules", ".hidden"])
def test_tests_of_others_are_left_out(name: str, tmp_path: Path) -> None:
    file = project(tmp_path) / "falsifiers" / name / "test_b.py"
    file.parent.mkdir()
    file.touch()
    workspace = open_workspace(tmp_path)
    assert [workspace.relative(f) for f in workspace.test_files()] == ["falsifiers/test_a.py"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("falsifier = ['x']", "no option 'falsifier'; did you mean 'falsifiers'?"),
        ("zzz = 1", "no option 'zzz'; known are contracts, "),
        ("contracts = 'contracts'", "contracts must be a list of strings"),
        ("contracts = ['contract']", "names 'contract', which is not a directory"),
        ("falsifiers = ['falsifiers', 'gone']", "names 'gone', which is not a directory"),
        ("oracles = ['falsifiers/oracle']", "names 'falsifiers/oracle', which is not a directory"),
        ("source = ['.', 'src']", "names 'src', which is not a directory"),
        ("contracts = [", "not valid TOML"),
    ],
)
def test_wrong_configuration_is_refused(options: str, message: str, tmp_path: Path) -> None:
    root = project(tmp_path, options)
    with pytest.raises(UsageError, match=re.escape(message)):
        open_workspace(root)


@pytest.mark.parametrize(
    "text",
    [
        "tool = 3",
        "[tool]\npv = 3",
        "[tool]\npytest = 3",
        "[tool.pytest]\nini_options = 3",
        "[tool.pytest.ini_options]\npython_functions = 3",
        "[tool.pytest.ini_options]\npython_functions = [3]",
    ],
)
def test_configuration_of_another_form_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(UsageError, match="must be"):
        open_workspace(tmp_path)


def test_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file or directory"):
        open_workspace(tmp_path / "gone")


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\npython_functions = falsify_* test_*\n"),
        ("tox.ini", "[pytest]\npython_functions = falsify_* test_*\n"),
        ("setup.cfg", "[tool:pytest]\npython_functions = falsify_* test_*\n"),
        (
            "pyproject.toml",
            "[tool.pytest.ini_options]\npython_functions = ['falsify_*', 'test_*']\n[tool.pv]\n",
        ),
        (
            "pyproject.toml",
            "[tool.pytest]\npython_functions = ['falsify_*', 'test_*']\n[tool.pv]\n",
        ),
    ],
)
def test_pytest_is_read_where_pytest_reads(file: str, text: str, tmp_path: Path) -> None:
    (project(tmp_path) / file).write_text(text)
    assert open_workspace(tmp_path).pytest == PytestConfig(
        file=file, python_functions=("falsify_*", "test_*")
    )


def test_first_pytest_file_wins(tmp_path: Path) -> None:
    project(tmp_path, "[tool.pytest.ini_options]\npython_classes = ['Check']\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    assert open_workspace(tmp_path).pytest == PytestConfig(file="pytest.ini")


def test_modules_are_found_in_the_source_directories(tmp_path: Path) -> None:
    root = project(tmp_path)
    for name in ("one.py", "src/two/__init__.py", "src/two/three.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    workspace = open_workspace(root)
    found = {m: workspace.module_file(m) for m in ("one", "two", "two.three", "os", "../one", "")}
    assert {m: f and workspace.relative(f) for m, f in found.items()} == {
        "one": "one.py",
        "two": "src/two/__init__.py",
        "two.three": "src/two/three.py",
        "os": None,
        "../one": None,
        "": None,
    }
