"""``pv lint``: which project is judged, which rules run, and what a second run costs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pv.cli.main import main
from pv.rules.example import CONTRACT, GREEN, PYPROJECT, TEST

HEAVY = {"hypothesis", "jax", "numpy", "pydantic", "pytest", "rich", "yaml"}
RENAMED = GREEN.edit(TEST, "falsify_abs_001_never_negative", "falsify_abs_001_renamed")


def lint(capsys, *arguments: str) -> tuple[int, dict]:
    code = main(["lint", "--format", "json", *arguments])
    out = capsys.readouterr().out
    return code, json.loads(out) if out else {}


def codes(report: dict) -> list[str]:
    return [finding["code"] for finding in report["findings"]]


def test_green_project_is_clean(tmp_path, capsys):
    code, report = lint(capsys, "--strict-test-binding", str(GREEN.write_to(tmp_path)))
    assert (code, codes(report)) == (0, [])
    assert report["denominators"]["falsifiers"] == {"declared": 1, "unbound": 0, "bound": 1}


@pytest.mark.parametrize(
    ("arguments", "code", "severity"),
    [
        ([], 0, "warning"),
        (["--strict-test-binding"], 1, "error"),
        (["--strict"], 1, "error"),
    ],
)
def test_binding_weighs_as_armed(tmp_path, capsys, arguments, code, severity):
    found, report = lint(capsys, *arguments, str(RENAMED.write_to(tmp_path)))
    assert found == code
    assert ("PV-VER-002", severity) in [(f["code"], f["severity"]) for f in report["findings"]]
    assert report["denominators"]["falsifiers"]["unbound"] == 1


@pytest.mark.parametrize("start", [".", "contracts", CONTRACT, "falsifiers"])
def test_verdict_does_not_depend_on_where_one_starts(tmp_path, capsys, start):
    RENAMED.write_to(tmp_path)
    whole = lint(capsys, "--strict-test-binding", str(tmp_path))
    assert lint(capsys, "--strict-test-binding", str(tmp_path / start)) == whole


def test_project_without_configuration_is_found_from_its_contracts(tmp_path, capsys):
    RENAMED.remove(PYPROJECT).write_to(tmp_path)
    whole = lint(capsys, str(tmp_path))
    assert lint(capsys, str(tmp_path / "contracts")) == whole
    assert lint(capsys, str(tmp_path / CONTRACT)) == whole


def test_file_that_is_no_contract_of_the_project_is_wrong_usage(tmp_path, capsys):
    GREEN.write_to(tmp_path)
    (tmp_path / "stray.yaml").write_text(GREEN.files[CONTRACT])
    assert main(["lint", str(tmp_path / "stray.yaml")]) == 2
    assert "not a contract of the project" in capsys.readouterr().err


def test_no_contracts_judges_nothing(tmp_path, capsys):
    GREEN.remove(CONTRACT).write_to(tmp_path)
    (tmp_path / "contracts").mkdir()
    code, report = lint(capsys, "--strict-test-binding", str(tmp_path))
    assert (code, codes(report)) == (3, [])
    assert report["declined"].startswith("nothing judged: no contracts in ")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ('contracts = ["gone"]', "gone"),
        ('contrcts = ["contracts"]', "did you mean 'contracts'"),
        ('contracts = "contracts"', "must be a list"),
        ('ignore = ["PV-VERR"]', "did you mean"),
    ],
)
def test_bad_configuration_is_wrong_usage(tmp_path, capsys, option, message):
    GREEN.append(PYPROJECT, f"{option}\n").write_to(tmp_path)
    assert main(["lint", str(tmp_path)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--select", "PV-VER-002"], {"PV-VER-002"}),
        (["--select", "PV-VER-002,SCHEMA"], {"PV-VER-002"}),
        (["--select", "SCHEMA", "--select", "PV-VER"], {"PV-VER-002"}),
        (["--select", "SCHEMA"], set()),
        (["--ignore", "PV-VER-002"], set()),
        (["--ignore", "PV"], set()),
    ],
)
def test_rules_are_chosen_by_code_or_prefix(tmp_path, capsys, arguments, expected):
    _, report = lint(capsys, *arguments, str(RENAMED.write_to(tmp_path)))
    assert set(codes(report)) & {"PV-VER-002"} == expected


def test_configured_directory_must_exist_even_where_it_is_the_default(tmp_path, capsys):
    project = GREEN.remove(CONTRACT).append(PYPROJECT, 'contracts = ["contracts"]\n')
    assert main(["lint", str(project.write_to(tmp_path))]) == 2
    assert "names 'contracts', which is not a directory" in capsys.readouterr().err


def test_project_may_switch_rules_off(tmp_path, capsys):
    project = RENAMED.append(PYPROJECT, 'ignore = ["PV-VER"]\n').write_to(tmp_path)
    assert lint(capsys, "--strict-test-binding", str(project))[0] == 0


@pytest.mark.parametrize("option", ["--select", "--ignore"])
@pytest.mark.parametrize("code", ["PV-VERR-002", "PV-V", "pv-ver-002"])
def test_unknown_code_is_wrong_usage(tmp_path, capsys, option, code):
    assert main(["lint", option, code, str(GREEN.write_to(tmp_path))]) == 2
    assert f"{option}: no rule has the code {code!r}" in capsys.readouterr().err


def test_choosing_rules_hides_no_refusal(tmp_path, capsys):
    project = GREEN.write(CONTRACT, "[").write_to(tmp_path)
    code, report = lint(capsys, "--select", "PV-VER-002", str(project))
    assert code == 1
    assert report["denominators"]["contracts"] == {"declared": 1, "judged": 0}


def test_explain(capsys):
    assert main(["lint", "--explain", "PV-VER-002"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("PV-VER-002 test-missing\n")
    assert "\n    -" in text, "the bad example shows a removed line"


def test_explain_knows_the_verdicts_of_a_run(capsys):
    assert main(["lint", "--explain", "PV-RUN-001"]) == 0
    assert capsys.readouterr().out.startswith("PV-RUN-001 failed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["PV-VER-999"], "nothing has the code"), (["PV-VER-002", "--strict"], "takes no other")],
)
def test_explain_of_nothing_and_with_anything_is_wrong_usage(capsys, arguments, message):
    assert main(["lint", "--explain", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_second_run_imports_nothing_heavy(tmp_path):
    project = RENAMED.write_to(tmp_path / "project")
    first = modules_after_lint(project, tmp_path / "cache")
    second = modules_after_lint(project, tmp_path / "cache")
    assert "yaml" in first, "the first run reads the contract"
    assert not second & HEAVY


def modules_after_lint(project: Path, cache: Path) -> set[str]:
    program = (
        "import sys; from pv.cli.main import main; code = main(['lint', sys.argv[1]]); "
        "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(project)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )
    assert "PV-VER-002" in done.stdout
    return set(done.stderr.split())
