"""Falsifiers of contracts/pv-exit-codes-v1.yaml."""

from __future__ import annotations

import json

from falsifiers import pv_outcomes
from falsifiers.oracles import exit_codes
from falsifiers.oracles.exit_codes import FORMATS, Told


def falsify_pv_exit_001_errors_in_every_format(falsifier, cli, tmp_path):
    errors = falsifier.params["errors"]
    entries = pv_outcomes.unbound(range(errors), prediction="")
    refused = pv_outcomes.contract(entries, status="PROPOSED")
    root = pv_outcomes.project(tmp_path / "refused", {"x-v1": refused})
    for output_format in FORMATS:
        for command, path in (("validate", root / "contracts"), ("lint", root)):
            done = cli("pv", command, "--format", output_format, path)
            assert done.exit_code == falsifier.params["findings"], done.stdout
            told = exit_codes.told(done.stdout, output_format)
            assert told == Told(counted=errors, shown=errors)
            if output_format == "json":
                assert json.loads(done.stdout)["exit_code"] == done.exit_code


def falsify_pv_exit_002_warnings_are_no_errors_unless_strict(falsifier, cli, tmp_path):
    # An unbound falsifier of a proposal is a note, a missing qa_gate a warning.
    complete = pv_outcomes.contract(pv_outcomes.unbound(range(1)), status="PROPOSED")
    warned = {name: block for name, block in json.loads(complete).items() if name != "qa_gate"}
    root = pv_outcomes.project(tmp_path / "warned", {"x-v1": json.dumps(warned, indent=1)})
    for output_format in FORMATS:
        done = cli("pv", "lint", "--format", output_format, root)
        assert done.exit_code == falsifier.params["clean"], done.stdout
        assert exit_codes.told(done.stdout, output_format) == Told(counted=0, shown=0)

        done = cli("pv", "lint", "--strict", "--format", output_format, root)
        assert done.exit_code == falsifier.params["findings"], done.stdout
        errors = falsifier.params["warnings"]
        assert exit_codes.told(done.stdout, output_format) == Told(counted=errors, shown=errors)
        if output_format != "json":
            counts = exit_codes.figures(done.stdout)
            assert (counts["warnings"], counts["notes"]) == (0, falsifier.params["notes"])


def falsify_pv_exit_003_nothing_judged_is_no_success(falsifier, cli, tmp_path):
    root = pv_outcomes.project(tmp_path / "empty", {})
    for output_format in FORMATS:
        done = cli("pv", "validate", "--format", output_format, root / "contracts")
        assert done.exit_code == falsifier.params["nothing_judged"], done.stdout
        told = exit_codes.told(done.stdout, output_format)
        assert told == Told(counted=0, shown=0, declines=True)

    done = cli("pv", "lint", root)
    assert done.exit_code == falsifier.params["nothing_judged"], done.stdout
    assert exit_codes.told(done.stdout, "text") == Told(counted=0, shown=0, declines=True)
    done = cli("pv", "run", cwd=root)
    assert done.exit_code == falsifier.params["nothing_judged"], done.stdout
    assert exit_codes.told_by_run(done.stdout, "text").outcome == "nothing judged"
    done = cli("pv", "gate", root)
    assert done.exit_code == falsifier.params["nothing_judged"], done.stdout


def falsify_pv_exit_004_wrong_usage_names_what_is_wrong(falsifier, cli, tmp_path):
    root = pv_outcomes.project(tmp_path / "sound", {"x-v1": pv_outcomes.contract([])})
    misspelt = pv_outcomes.project(tmp_path / "misspelt", {}, '[tool.pv]\nfalsifirs = ["tests"]\n')
    dead = pv_outcomes.project(tmp_path / "dead", {}, '[tool.pv]\noracles = ["gone"]\n')
    wrong = (
        ("--formt", ["lint", "--formt", "json", root]),
        ("no-such-path", ["validate", "--format", "json", root / "no-such-path"]),
        ("falsifirs", ["lint", "--format", "json", misspelt]),
        ("gone", ["lint", "--format", "github", dead]),
        ("PV-NONE", ["lint", "--select", "PV-NONE", root]),
        ("no-such-contract", ["run", "--format", "json", "no-such-contract"]),
    )
    for named, arguments in wrong:
        done = cli("pv", *arguments)
        assert done.exit_code == falsifier.params["usage"], done.stdout
        assert done.stdout == ""
        assert named in done.stderr


def falsify_pv_exit_005_run_exits_with_what_it_prints(falsifier, cli, tmp_path):
    failed = falsifier.params["failed"]
    red = pv_outcomes.outcomes(tmp_path / "red", {"failed": failed})
    half = pv_outcomes.outcomes(tmp_path / "half", {"passed": 1, "not measured": 1})
    runs = (
        (red, [], "text", "findings", falsifier.params["findings"]),
        (red, [], "json", "findings", falsifier.params["findings"]),
        (half, [], "text", "clean", falsifier.params["clean"]),
        (half, ["--require-live"], "json", "nothing judged", falsifier.params["nothing_judged"]),
    )
    for root, options, output_format, outcome, code in runs:
        done = cli("pv", "run", *options, "--format", output_format, cwd=root)
        assert done.exit_code == code, done.stdout
        told = exit_codes.told_by_run(done.stdout, output_format)
        errors = failed if root == red else 0
        assert (told.counted, told.shown, told.outcome) == (errors, errors, outcome)
        if output_format == "json":
            assert json.loads(done.stdout)["exit_code"] == done.exit_code


def falsify_pv_exit_006_gate_exits_with_the_worst_step(falsifier, cli, tmp_path):
    proposed = pv_outcomes.contract(pv_outcomes.unbound(range(1)), status="PROPOSED")
    claimed = pv_outcomes.contract(pv_outcomes.unbound(range(1)))
    broken = pv_outcomes.outcomes(tmp_path / "broken", {"passed": 1, "unbound": 1})
    breaking = pv_outcomes.no_process(tmp_path / "no-process")
    gates = (
        (pv_outcomes.project(tmp_path / "proposed", {"x-v1": proposed}), {}),
        (pv_outcomes.project(tmp_path / "claimed", {"x-v1": claimed}), {}),
        (pv_outcomes.outcomes(tmp_path / "lax", {"passed": 1}, options="[tool.pv]\n"), {}),
        (broken, breaking),
    )
    expected = {name: codes for name, *codes in falsifier.params["steps"]}
    for root, environment in gates:
        done = cli("pv", "gate", "--format", "json", root, env=environment)
        document = json.loads(done.stdout)
        codes = {step["name"]: step["exit_code"] for step in document["steps"]}
        names = falsifier.params["named"]
        assert [codes[step] for step in names] == expected[root.name]
        assert "status" in codes  # the last one, taken whatever came before
        due = exit_codes.worst(codes.values(), falsifier.params["worst_first"])
        assert (done.exit_code, document["exit_code"]) == (due, due)


def falsify_pv_exit_007_a_reader_that_hangs_up_changes_nothing(falsifier, cli, tmp_path):
    refused = pv_outcomes.contract(pv_outcomes.unbound(range(1), prediction=""))
    red = pv_outcomes.project(tmp_path / "red", {"x-v1": refused})
    empty = pv_outcomes.project(tmp_path / "empty", {})
    closed = pv_outcomes.closed_pipe(tmp_path / "closed")
    commands = (
        (["lint", "--format", "json", red], falsifier.params["findings"]),
        (["lint", empty], falsifier.params["nothing_judged"]),
        (["schema"], falsifier.params["clean"]),
    )
    for arguments, code in commands:
        read = cli("pv", *arguments)
        assert read.exit_code == code
        assert len(read.stdout) > 1
        unread = cli("pv", *arguments, env=closed)
        assert (unread.exit_code, unread.stdout, unread.stderr) == (code, "", "")


def falsify_pv_exit_008_the_denominators_add_up(falsifier, cli, tmp_path):
    numbers = dict(falsifier.params["outcomes"])
    expected = exit_codes.run_counts(numbers) | {"contracts": 2, "judged": 1}
    root = pv_outcomes.outcomes(tmp_path / "mixed", numbers)
    (root / "contracts" / "refused-v1.yaml").write_text("- not\n- a contract\n")
    for output_format in ("text", "json"):
        done = cli("pv", "run", "--format", output_format, cwd=root)
        assert done.exit_code == falsifier.params["findings"], done.stderr
        assert exit_codes.run_figures(done.stdout, output_format) == expected

    done = cli("pv", "lint", root)
    assert done.exit_code == falsifier.params["findings"], done.stdout
    counts = exit_codes.figures(done.stdout)
    for name in ("contracts", "judged", "declared", "unbound", "bound"):
        assert counts[name] == expected[name]
    done = cli("pv", "validate", "--format", "json", root / "contracts")
    assert done.exit_code == falsifier.params["findings"], done.stdout
    counts = json.loads(done.stdout)["denominators"]
    assert counts["contracts"] == {"declared": 2, "judged": 1}
    assert counts["falsifiers"] == {"declared": expected["declared"]}


def falsify_pv_exit_009_the_order_of_a_listing_shows_nowhere(falsifier, cli, tmp_path):
    letters = falsifier.params["letters"]
    contracts = {
        f"{letter.lower()}-v1": pv_outcomes.contract(
            pv_outcomes.unbound(range(1), prediction="", letter=letter), letter=letter
        )
        for letter in letters
    }
    root = pv_outcomes.project(tmp_path / "several", contracts)
    ways = [
        pv_outcomes.listed(tmp_path / "forwards", backwards=False) | {"PYTHONHASHSEED": "0"},
        pv_outcomes.listed(tmp_path / "backwards", backwards=True) | {"PYTHONHASHSEED": "1"},
    ]
    linted = [cli("pv", "lint", root, env=way) for way in ways]
    assert linted[0] == linted[1]
    assert linted[0].exit_code == falsifier.params["findings"], linted[0].stderr
    places = exit_codes.places(linted[0].stdout)
    assert len({path for path, _, _ in places}) == len(letters)
    assert places == sorted(places)

    run = [cli("pv", "run", cwd=root, env=way) for way in ways]
    assert run[0] == run[1]
    assert [line.split()[1] for line in run[0].stdout.splitlines()[: len(letters)]] == [
        f"FALSIFY-{letter}-000" for letter in sorted(letters)
    ]


def falsify_pv_exit_010_pytest_cannot_end_itself_green(falsifier, cli, tmp_path):
    for code in falsifier.params["ends"]:
        root = pv_outcomes.outcomes(tmp_path / f"ends-{code}", {"passed": 1})
        (root / "conftest.py").write_text(
            f"def pytest_sessionfinish(session):\n    session.exitstatus = {code}\n"
        )
        done = cli("pv", "run", "--format", "json", cwd=root)
        document = json.loads(done.stdout)
        found = [finding["code"] for finding in document["findings"]]
        assert found == [falsifier.params["child_died"]]
        assert (done.exit_code, document["exit_code"]) == (falsifier.params["findings"],) * 2
