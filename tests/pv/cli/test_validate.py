"""``pv validate``: which files are judged, and what becomes of paths that name none."""

import json
from pathlib import Path

import pytest

from pv.cli.main import main
from pv.rules.example import CONTRACT, GREEN

MISSPELT = GREEN.edit(CONTRACT, "  rule: never", "  rul: never").files[CONTRACT]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The green project, as the current directory."""
    monkeypatch.chdir(GREEN.write_to(tmp_path))
    return tmp_path


def validate(capsys, *arguments: str) -> tuple[int, dict]:
    code = main(["validate", "--format", "json", *arguments])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def contracts_judged(report: dict) -> int:
    return report["denominators"]["contracts"]["judged"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["contracts"],
        ["contracts/abs-v1.yaml"],
        ["contracts/*.yaml"],
        ["**/*-v1.yaml"],
        ["."],
        ["contracts", "contracts/abs-v1.yaml", "contracts/*"],
    ],
)
def test_file_directory_and_glob_name_the_same_contract_once(project, capsys, arguments):
    code, report = validate(capsys, *arguments)
    assert (code, contracts_judged(report)) == (0, 1)


def test_several_paths(project, capsys):
    (project / "other-v1.yaml").write_text(GREEN.files[CONTRACT])
    code, report = validate(capsys, "contracts", "other-v1.yaml")
    assert (code, contracts_judged(report)) == (0, 2)


def test_one_bad_contract_hides_no_other(project, capsys):
    (project / "contracts/a-v1.yaml").write_text("[")
    (project / "contracts/z-v1.yaml").write_text(MISSPELT)
    code, report = validate(capsys, "contracts")
    assert code == 1
    assert {f["contract"] for f in report["findings"]} == {"a-v1", "z-v1"}
    assert report["denominators"]["contracts"]["declared"] == 3


@pytest.mark.parametrize("arguments", [["gone.yaml"], ["gone/"], ["contracts", "gone-*.yaml"]])
def test_path_that_names_nothing_is_wrong_usage(project, capsys, arguments):
    assert validate(capsys, *arguments) == (2, {})


def test_directory_without_contracts_judges_nothing(project, capsys):
    (project / "empty").mkdir()
    code, report = validate(capsys, "empty")
    assert code == 3
    assert report["declined"] == "nothing judged: no contracts in empty"


def test_finding_has_place_and_remedy(project, capsys):
    (project / CONTRACT).write_text(MISSPELT)
    code, report = validate(capsys, "contracts")
    places = [(f["path"], f["line"], f["column"]) for f in report["findings"]]
    assert code == 1
    assert (CONTRACT, 16, 3) in places
    assert any("rule" in f["suggestion"] + f["message"] for f in report["findings"])


def test_files_outside_the_project_are_judged_too(project, capsys, tmp_path_factory):
    file = tmp_path_factory.mktemp("elsewhere") / "x-v1.yaml"
    file.write_text(MISSPELT)
    code, report = validate(capsys, str(file))
    assert code == 1
    assert {f["path"] for f in report["findings"]} == {str(file)}
