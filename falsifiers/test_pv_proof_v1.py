"""Falsifiers of contracts/pv-proof-v1.yaml: is the verdict on a liar that it is one?

Each plants a project whose falsifiers are what their text shows, and has `pv prove` judge them.
"""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from falsifiers.pv_liars import (
    HONEST,
    IMMUNE,
    POSITIVE_ONLY,
    Fault,
    Liar,
    digests,
    plant,
    prove,
    record_of,
)
from pv import patched
from pv.proof import case

SIGN_KEPT = Fault()
HARMLESS = Fault("harmless", "x > 0", "x >= 0")


def falsify_pv_proof_001_clean_run_comes_first(falsifier, cli, tmp_path):
    liars = (
        Liar("honest", HONEST),
        Liar("red", "assert absval(-2) == 3"),
        Liar("silent", "absval(-2)"),
        Liar("skipped", 'pytest.skip("not today")'),
        Liar("unprepared", HONEST, takes="nothing_of_this_name"),
    )
    proof = prove(cli, plant(tmp_path, *liars))
    assert proof.exit_code == 1, proof.stderr
    assert proof.by_liar() == dict(falsifier.params["verdicts"])


def falsify_pv_proof_002_fault_must_take(falsifier, cli, tmp_path):
    subject = (
        "LIMIT = 1 + 1\n\n\n"
        "def absval(x):\n    return (1 + 1) * 0 + (x if x > 0 else -x)\n\n\n"
        "def deleted(x):\n    return x + 1\n\n\n"
        "del deleted\n"
    )
    prelude = 'open(os.path.join(os.path.dirname(__file__), "imported"), "w").close()'
    static = (
        Fault("replaces-what-is-not-there", "abs(x)"),
        Fault("target-is-not-there", target="absval:gone"),
        Fault("module-is-not-there", target="nowhere:absval"),
        Fault("replaces-one-of-two", "x", "y"),
        Fault("no-python", instead="x ="),
        Fault("no-statement", subject.splitlines()[4].strip(), "break"),
        Fault("same-text", instead="- x"),
        Fault("same-code", "(1 + 1) * 0", "2 * 0"),
    )
    live = (
        SIGN_KEPT,
        Fault("cannot-be-imported", "1 + 1", "1 / 0", "absval:LIMIT"),
        Fault("nothing-runs-it", "x + 1", "x", "absval:deleted"),
    )
    liars = (
        Liar("static", HONEST, static, contract="static-v1"),
        Liar("live", HONEST, live, contract="live-v1"),
    )
    root = plant(tmp_path, *liars, subject=subject, prelude=prelude)

    known = prove(cli, root, "static-v1")
    assert known.exit_code == 1, known.stderr
    assert known.by_fault() == dict(falsifier.params["static"])
    assert not (root / "falsifiers/imported").exists()

    tried = prove(cli, root, "live-v1")
    assert tried.exit_code == 1, tried.stderr
    assert tried.by_fault() == dict(falsifier.params["live"])
    assert (root / "falsifiers/imported").exists()


def falsify_pv_proof_003_only_an_assertion_of_the_call_kills(falsifier, cli, tmp_path):
    prelude = """
@pytest.fixture
def prepared():
    assert absval(-2) == 2

@pytest.fixture
def cleaned():
    yield
    assert absval(-2) == 2
"""
    where = "if absval(-2) != 2:\n        "
    index_error = Fault("index-error", instead="[][x]")
    liars = (
        Liar("assertion", HONEST),
        Liar("failed", f'{where}pytest.fail("no")\n    {POSITIVE_ONLY}'),
        Liar("group", f'{where}raise ExceptionGroup("", [AssertionError()])\n    {POSITIVE_ONLY}'),
        Liar("declared", HONEST, (replace(index_error, raises="IndexError"),)),
        Liar("undeclared", HONEST, (replace(index_error, id="undeclared"),)),
        Liar("exception", "assert {2: True}[absval(-2)]"),
        Liar(
            "mixed",
            f'{where}raise ExceptionGroup("", [AssertionError(), KeyError()])\n    {POSITIVE_ONLY}',
        ),
        Liar("skips", f'{where}pytest.skip("not today")\n    {POSITIVE_ONLY}'),
        Liar("setup", HONEST, takes="prepared"),
        Liar("teardown", HONEST, takes="cleaned"),
    )
    proof = prove(cli, plant(tmp_path, *liars, prelude=prelude))
    assert proof.exit_code == 1, proof.stderr
    assert proof.by_liar() == dict(falsifier.params["verdicts"])


def falsify_pv_proof_004_named_falsifier_goes_red(falsifier, cli, tmp_path):
    first, stop = falsifier.params["cases"]
    every = f'@pytest.mark.parametrize("x", range({first}, {stop}))'
    looks = Liar("looks", "assert absval(x) >= 0", (), "absval", "x", every, "family-v1")
    liars = (
        looks,
        Liar("leans", POSITIVE_ONLY, contract="family-v1"),
        Liar("alone", POSITIVE_ONLY, contract="alone-v1"),
        replace(looks, name="named", faults=(SIGN_KEPT,), contract="named-v1"),
    )
    proof = prove(cli, plant(tmp_path, *liars))
    assert proof.exit_code == 1, proof.stderr
    assert proof.by_liar() == dict(falsifier.params["verdicts"])
    negative = [f"[{x}]" for x in range(first, 0)]
    assert proof.red("named") == [liars[-1].case(x) for x in negative]
    assert proof.red("leans") == [looks.case(x) for x in negative]
    assert proof.red("alone") == []


def falsify_pv_proof_005_survivors_by_whether_the_fault_ran(falsifier, cli, tmp_path):
    swallows = f"try:\n        {HONEST}\n    except AssertionError:\n        pass"
    liars = (
        Liar("honest", HONEST),
        Liar("immune", IMMUNE),
        Liar("swallows", swallows),
        Liar("equivalent", HONEST, (HARMLESS,)),
        Liar("elsewhere", POSITIVE_ONLY),
        Liar("shown", 'assert cli("show", "-2").stdout == "2\\n"', takes="cli"),
        Liar("shown-elsewhere", 'assert cli("show", "2").stdout == "2\\n"', takes="cli"),
    )
    show = "import sys\nfrom absval import absval\nprint(absval(int(sys.argv[1])))\n"
    alone = (replace(liar, contract=f"{liar.name}-v1") for liar in liars)
    proof = prove(cli, plant(tmp_path, *alone, others={"show.py": show}))
    assert proof.exit_code == 1, proof.stderr
    assert proof.by_liar() == dict(falsifier.params["verdicts"])
    assert sorted(proof.codes) == sorted(falsifier.params["codes"])


def falsify_pv_proof_006_nothing_of_a_fault_stays(falsifier, cli, tmp_path):
    subject = (
        "from functools import lru_cache\n\nSCALE = 1 + 0\n\n\n"
        "@lru_cache\ndef absval(x):\n    return SCALE * (x if x > 0 else -x)\n"
    )
    faults = (
        SIGN_KEPT,
        Fault("doubled", "1 + 0", "2", "absval:SCALE"),
        Fault("zero", "SCALE", "0"),
    )
    honest = Liar("honest", HONEST, faults)
    root = plant(tmp_path / "clean", honest, subject=subject)
    before = digests(root)
    clean = prove(cli, root)
    assert clean.exit_code == 0, clean.stdout
    assert clean.by_fault() == dict(falsifier.params["verdicts"])
    assert [path for path in digests(root) if path not in before] == [record_of(honest)]
    assert digests(root).items() >= before.items()

    remembers = Liar("remembers", "seen.append(absval(-2))\n    assert min(seen) == 2")
    unclean = plant(tmp_path / "unclean", remembers, prelude="seen = []")
    dirty = prove(cli, unclean)
    assert dirty.exit_code == falsifier.params["discarded"], dirty.stdout
    (leftover,) = dirty.document["leftovers"]
    assert leftover.startswith(f"{SIGN_KEPT.id}: {remembers.case()}: ")
    assert record_of(remembers) not in digests(unclean)


def falsify_pv_proof_007_crash_is_no_kill_and_ends_nothing_else(falsifier, cli, tmp_path):
    liars = (
        Liar("crashes", f"if absval(-2) != 2:\n        os._exit(0)\n    {HONEST}"),
        Liar("always-crashes", "os._exit(0)"),
        Liar("honest", HONEST),
    )
    proof = prove(cli, plant(tmp_path, *liars))
    assert proof.exit_code == 1, proof.stderr
    assert proof.by_liar() == dict(falsifier.params["verdicts"])


def falsify_pv_proof_008_declared_is_tried_and_nothing_is_no_proof(falsifier, cli, tmp_path):
    faults = tuple(
        Fault(f"minus-{n}", instead=f"x - {n}") for n in range(falsifier.params["faults"])
    )
    liars = (
        Liar("honest", HONEST, faults, contract="full-v1"),
        Liar("unchallenged", HONEST, (), contract="empty-v1"),
    )
    root = plant(tmp_path, *liars)
    full = prove(cli, root, "full-v1")
    assert full.exit_code == 0, full.stderr
    assert full.by_fault() == {fault.id: falsifier.params["verdict"] for fault in faults}
    assert full.document["denominators"]["declared"] == falsifier.params["faults"]

    empty = prove(cli, root, "empty-v1")
    assert empty.exit_code == falsifier.params["nothing_judged"], empty.stderr
    assert (empty.judgements, empty.proven) == ([], [])


def falsify_pv_proof_009_only_what_a_change_can_reach(falsifier, cli, tmp_path):
    faults = (Fault("kept", "2 * x", "x", "twice:twice"),)
    liars = (
        Liar("honest", HONEST),
        Liar("other", "assert twice(2) == 2 + 2", faults, "twice", contract="other-v1"),
    )
    twice = "def twice(x):\n    return 2 * x\n"
    root = plant(tmp_path, *liars, others={"twice.py": twice, ".gitignore": "__pycache__\n"})
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    for command in (["init"], ["add", "."], ["commit", "-m", "base"]):
        options = ("-c", "commit.gpgsign=false", *who)
        subprocess.run(["git", *options, *command], cwd=root, check=True, capture_output=True)

    same = prove(cli, root, "--changed", "HEAD")
    assert same.exit_code == falsifier.params["nothing_judged"], same.stderr

    (root / "twice.py").write_text(f"{twice}\n\nLIMIT = 1\n")
    changed = prove(cli, root, "--changed", "HEAD")
    assert changed.exit_code == 0, changed.stderr
    assert changed.by_liar() == dict(falsifier.params["verdicts"])


def falsify_pv_proof_010_no_result_may_be_anything(falsifier, cli, tmp_path):
    def covering(name: str, body: str) -> Liar:
        return Liar(name, body, (), takes="implementation")

    liars = (
        covering("honest", "assert implementation(x=-2.0) == 2.0"),
        covering("immune", "assert implementation(x=-2.0) is not None"),
        covering("fixed-point", "assert implementation(x=1.0) == 1.0"),
        covering("lets-nan-pass", "assert not abs(implementation(x=-2.0) - 2.0) > 0.5"),
    )
    proof = prove(cli, plant(tmp_path, *liars))
    assert proof.exit_code == 1, proof.stderr
    assert proof.extreme("honest") == dict(falsifier.params["honest"])
    assert proof.extreme("immune") == dict(falsifier.params["immune"])
    assert proof.extreme("fixed-point") == dict(falsifier.params["fixed_point"])
    assert proof.extreme("lets-nan-pass") == dict(falsifier.params["lets_nan_pass"])
    (vacuous,) = proof.document["findings"]
    assert vacuous["code"] == falsifier.params["code"]
    assert "LIAR-IMMUNE" in vacuous["message"]


def falsify_pv_proof_011_one_kill_is_no_proof(falsifier, cli, tmp_path):
    zero = Fault("zero", "x if x > 0 else -x", "0")
    through = "assert implementation(x=-2) == 2"
    past = f"{IMMUNE.replace('absval(-2)', 'implementation(x=-2)')}\n    {HONEST}"
    liars = (
        Liar("two", HONEST, (SIGN_KEPT, zero)),
        Liar("one", HONEST, (SIGN_KEPT,)),
        Liar("one-twice", HONEST, (zero, replace(zero, id="again", instead="(0)"))),
        Liar("none-idle", HONEST, (Fault("halved", "-x", "-x / 2"), Fault("more", "-x", "1 - x"))),
        Liar("two-of-three", HONEST, (SIGN_KEPT, zero, HARMLESS)),
        Liar("covers", through, (SIGN_KEPT,), takes="implementation"),
        Liar("covers-and-cites-none", through, (), takes="implementation"),
        Liar("covers-and-looks-past", past, (SIGN_KEPT,), takes="implementation"),
    )
    proof = prove(cli, plant(tmp_path, *liars))
    expected = sorted(falsifier.params["proven"])
    assert (proof.exit_code, sorted(proof.proven)) == (1, expected), proof.stderr


def falsify_pv_proof_012_selftest_finds_every_liar_and_a_broken_tool(falsifier, cli, tmp_path):
    verdicts = falsifier.params["verdicts"]
    sound = cli("pv", "prove", "--selftest", "--workers", "1")
    assert sound.exit_code == 0, sound.stdout
    lines = [line.split() for line in sound.stdout.splitlines()]
    assert lines[:-1] == [[word, liar] for liar, word in verdicts]

    # A pv that takes any exception for a kill must say so of itself.
    broken = (
        Path(case.__file__).read_text().replace("AssertionError | pytest", "Exception | pytest")
    )
    patch = tmp_path / "broken.patch"
    patched.write_patch(patch, case.__file__, compile(broken, case.__file__, "exec"))
    environment = {patched.VARIABLE: patched.together_with(patch)}
    unsound = cli("pv", "prove", "--selftest", "--workers", "1", env=environment)
    assert unsound.exit_code == falsifier.params["broken"], unsound.stdout
    (told,) = (line for line in unsound.stdout.splitlines() if "WRONG," in line)
    assert told.split() == list(falsifier.params["told"])
