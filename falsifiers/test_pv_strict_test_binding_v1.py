"""Falsifiers of contracts/pv-strict-test-binding-v1.yaml.

In each, a project in which every claim holds is judged, and its twin into which drifts were edited.
What must be found is read off the edited text: the code is the contract's, the place is the edit's.
"""

from __future__ import annotations

import re
import runpy

from falsifiers.pv_projects import (
    CONTRACT,
    PYPROJECT,
    SUBJECT,
    citation_of,
    claims,
    class_of,
    commit,
    contract_of,
    expected,
    file_of,
    function_of,
    id_of,
    lint,
    name_of,
)

UNLIKE = "check_everything"
PYTEST = "import pytest\n\n\n"


def falsify_pv_bind_001_names_are_compared_whole(falsifier, cli, tmp_path):
    missing, other_key = falsifier.params["missing"], falsifier.params["other_key"]
    sound = claims("kept", "renamed", "short", "dated", "fragment", "foreign", "harness")
    key, citation = "test_harness:", citation_of("harness")
    renamed = name_of("renamed").replace("never", "not")
    drifted = (
        sound.edit(file_of("renamed"), name_of("renamed"), renamed)
        .cite("short", citation_of("short").removesuffix("_negative"))
        .cite("dated", f"{citation_of('dated')}_2026_05_04")
        .cite("fragment", citation_of("fragment").replace("falsify_", ""))
        .cite("foreign", f"{file_of('foreign')}::{UNLIKE}")
        .edit(CONTRACT, f"test: {citation}\n", f"{key} {citation}_gone\n")
    )
    nearest = {
        "renamed": renamed,
        **{word: name_of(word) for word in ("short", "dated", "fragment")},
        "foreign": None,
    }

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    assert judged.found == expected(
        *((missing, drifted.citation(word)) for word in nearest),
        *((code, drifted.place(CONTRACT, key)) for code in (missing, other_key)),
    )
    assert judged.exit_code == 1
    assert judged.report["denominators"]["errors"] == len(judged.found)
    assert judged.counts("falsifiers", "bound") == 1
    for word, name in nearest.items():
        hint = judged.at(drifted.citation(word))["suggestion"]
        assert (name in re.findall(r"\w+", hint)) if name else hint == ""
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_002_a_body_is_known_under_its_new_name(falsifier, cli, tmp_path):
    missing = falsifier.params["missing"]
    # Another function with the same body stands in the last commit, and one with another body
    # is new: neither is what the test was renamed to.
    twin = function_of("moved").replace(name_of("moved"), "same_body")
    sound = claims("moved", "removed").append(file_of("moved"), twin)
    newcomer = f"def {UNLIKE}(implementation):\n    assert implementation(x=0) == 0\n"
    drifted = (
        sound.edit(file_of("moved"), name_of("moved"), "zz")
        .edit(file_of("moved"), "zz(implementation):\n", 'zz(implementation):\n    """Checks."""\n')
        .append(file_of("moved"), newcomer)
        .write(file_of("removed"), newcomer)
    )

    directory = sound.write_to(tmp_path / "project")
    commit(directory)
    assert lint(cli, directory).is_clean
    judged = lint(cli, drifted.write_to(directory))
    places = {word: drifted.citation(word) for word in ("moved", "removed")}
    assert judged.found == expected(*((missing, place) for place in places.values()))
    assert judged.exit_code == 1
    assert "zz" in re.findall(r"\w+", judged.at(places["moved"])["suggestion"])
    assert UNLIKE not in judged.at(places["removed"])["suggestion"]


def falsify_pv_bind_003_a_mention_is_no_definition(falsifier, cli, tmp_path):
    missing = falsifier.params["missing"]
    sound = claims("oneline", "inclass", "listed", "comment", "docstring", "quoted", "nested")
    one_line = f"def {name_of('oneline')}(implementation): assert implementation(x=-1) >= 0\n"
    sound = (
        sound.write(file_of("oneline"), one_line)
        .in_class("inclass")
        .edit(CONTRACT, citation_of("listed"), f"[{citation_of('listed')}]")
    )
    mentions = {
        "comment": f"X = 1\n# def {name_of('comment')}(implementation): gone\n",
        "docstring": f'"""A module.\n\n{name_of("docstring")} was here.\n"""\n',
        "quoted": f'X = 1\nY = 2\nZ = 3\nCODE = "def {name_of("quoted")}(): pass"\n',
    }
    drifted = (
        sound.write(file_of("nested"), f"def outer():\n    def {name_of('nested')}():\n        0\n")
        # A method is not the function of that name, and the way to cite it is told.
        .cite("inclass", citation_of("inclass"))
    )
    for word, text in mentions.items():
        drifted = drifted.write(file_of(word), text)

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    words = ("nested", "inclass", *mentions)
    assert judged.found == expected(*((missing, drifted.citation(word)) for word in words))
    assert judged.exit_code == 1
    for word in mentions:
        line = drifted.place(file_of(word), name_of(word)).line
        assert str(line) in re.findall(r"\d+", judged.at(drifted.citation(word))["message"])
    method = f"{file_of('inclass')}::{class_of('inclass')}::{name_of('inclass')}"
    assert method in judged.at(drifted.citation("inclass"))["suggestion"].split()
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_004_the_file_is_part_of_the_citation(falsifier, cli, tmp_path):
    missing = falsifier.params["missing"]
    sound = claims("kept", "swapped", "gone", "misspelt")
    drifted = (
        sound.cite("swapped", f"{file_of('kept')}::{name_of('swapped')}")
        .cite("gone", f"falsifiers/test_nowhere.py::{name_of('gone')}")
        .cite("misspelt", f"{file_of('mispelt')}::{UNLIKE}")
    )
    nearest = {
        "swapped": citation_of("swapped"),
        "gone": citation_of("gone"),
        "misspelt": file_of("misspelt"),
    }

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    assert judged.found == expected(*((missing, drifted.citation(word)) for word in nearest))
    assert judged.exit_code == 1
    for word, written in nearest.items():
        hint = judged.at(drifted.citation(word))["suggestion"]
        assert written in [part.strip("?") for part in hint.split()]
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_005_prose_and_commands_are_no_citations(falsifier, cli, tmp_path):
    prose, pinned = falsifier.params["prose"], falsifier.params["pinned"]
    bare, escape = falsifier.params["bare"], falsifier.params["escape"]
    file_alone = falsifier.params["file_alone"]
    drifts = {
        "said": (prose, "a thousand random vectors"),
        "shell": (prose, "bash check.sh"),
        "command": (prose, f"pytest {citation_of('command')}"),
        "flagged": (prose, f"{citation_of('flagged')} -q"),
        "several": (prose, f"{citation_of('several')}\n{citation_of('several')}"),
        "selfcheck": (prose, f"pv validate {CONTRACT}"),
        "onecase": (pinned, f"{citation_of('onecase')}[plain]"),
        "oddcase": (pinned, f"{citation_of('oddcase')}[a::b/c [d]]"),
        "bare": (bare, name_of("bare")),
        "file": (file_alone, file_of("file")),
        "parent": (escape, f"../{citation_of('parent')}"),
        "absolute": (escape, f"/{citation_of('absolute')}"),
        "backslash": (escape, citation_of("backslash").replace("/", "\\")),
    }
    ran = tmp_path / "ran"
    sound = claims("kept", *drifts).write("check.sh", f"touch '{ran}'\n")
    drifted = sound
    for word, (_, citation) in drifts.items():
        drifted = drifted.cite(word, citation)

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    assert judged.found == expected(*((drifts[word][0], drifted.citation(word)) for word in drifts))
    assert judged.exit_code == 1
    assert judged.counts("falsifiers", "bound") == 1
    assert not ran.exists()
    for word in ("said", "shell", "command", "flagged", "several", "selfcheck"):
        text = drifts[word][1].replace("\n", r"\n")
        assert text in judged.at(drifted.citation(word))["message"]
    for word in ("onecase", "oddcase", "bare"):
        hint = judged.at(drifted.citation(word))["suggestion"]
        assert citation_of(word) in [part.strip("`") for part in hint.split()]
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_006_what_pytest_never_collects_is_not_bound(falsifier, cli, tmp_path):
    not_collected = falsifier.params["not_collected"]
    methods = ("constructed", "optedout", "misnamed")
    functions = ("deleted", "coroutine", "generator", "quiet", "pattern", "outside", "unprefixed")
    sound = claims("kept", *functions, *methods)
    for word in methods:
        sound = sound.in_class(word)
    class_line = {word: f"class {class_of(word)}:\n" for word in methods}
    misnamed = class_of("misnamed").replace("Test", "Check")
    drifted = (
        sound.append(file_of("deleted"), f"\n\ndel {name_of('deleted')}\n")
        .above("coroutine", "async ")
        .append(file_of("generator"), "    yield implementation\n")
        .above("quiet", "__test__ = False\n\n\n")
        .cite("pattern", citation_of("pattern").replace("test_pattern", "pattern_checks"))
        .write("falsifiers/pattern_checks.py", function_of("pattern"))
        .without(file_of("pattern"))
        .cite("outside", citation_of("outside").replace("falsifiers/", "checks/"))
        .write("checks/test_outside.py", function_of("outside"))
        .without(file_of("outside"))
        .edit(file_of("unprefixed"), name_of("unprefixed"), UNLIKE)
        .above("unprefixed", f"{PYTEST}@pytest.mark.falsifies('{id_of('unprefixed')}')\n")
        .cite("unprefixed", f"{file_of('unprefixed')}::{UNLIKE}")
        .edit(
            file_of("constructed"),
            class_line["constructed"],
            f"{class_line['constructed']}    def __init__(self):\n        self.x = 1\n\n",
        )
        .edit(
            file_of("optedout"),
            class_line["optedout"],
            f"{class_line['optedout']}    __test__ = False\n\n",
        )
        .edit(file_of("misnamed"), class_of("misnamed"), misnamed)
        .cite("misnamed", f"{file_of('misnamed')}::{misnamed}::{name_of('misnamed')}")
    )

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    assert judged.found == expected(
        *((not_collected, drifted.citation(word)) for word in (*functions, *methods))
    )
    assert judged.exit_code == 1
    assert judged.counts("falsifiers", "bound") == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_007_a_name_means_one_function_for_good(falsifier, cli, tmp_path):
    shadowed, not_static = falsifier.params["shadowed"], falsifier.params["not_static"]
    sound = (
        claims(
            *("twice", "assigned", "imported", "classes", "marked"),
            *("elsewhere", "given", "conditional", "wrapped"),
        )
        .in_class("classes")
        .above("marked", f"{PYTEST}@pytest.mark.parametrize('x', [-1])\n")
    )
    another = f"\n\ndef {name_of('twice')}(implementation):\n    assert implementation(x=0) == 0\n"
    drifted = (
        sound.append(file_of("twice"), another)
        .append(file_of("assigned"), f"\n\n{name_of('assigned')} = print\n")
        .append(file_of("imported"), f"\n\nfrom absval import absval as {name_of('imported')}\n")
        .append(file_of("classes"), f"\n\n{sound.files[file_of('classes')]}")
        .write(file_of("elsewhere"), f"from checks import {name_of('elsewhere')}\n")
        .write("checks.py", function_of("elsewhere"))
        .edit(file_of("given"), name_of("given"), UNLIKE)
        .append(file_of("given"), f"\n\n{name_of('given')} = {UNLIKE}\n")
        .write(file_of("conditional"), "import sys\n\nif sys.argv:\n\n")
        .append(file_of("conditional"), f"    def {name_of('conditional')}(): assert sys.argv\n")
        .above("wrapped", "import functools\n\n\n@functools.cache\n")
    )

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    codes = {
        **dict.fromkeys(("twice", "assigned", "imported", "classes"), shadowed),
        **dict.fromkeys(("elsewhere", "given", "conditional", "wrapped"), not_static),
    }
    assert judged.found == expected(*((codes[word], drifted.citation(word)) for word in codes))
    assert judged.exit_code == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_008_a_test_that_cannot_fail_is_no_test(falsifier, cli, tmp_path):
    empty = {
        "passes": "pass\n",
        "described": '"""Checks the sign."""\n',
        "stub": "raise NotImplementedError\n",
        "calls": "implementation(x=-1)\n",
        "returns": "return implementation(x=-1) >= 0\n",
        # An assertion of the code under test is not one of the test.
        "borrowed": "checked(implementation(x=-1))\n",
    }
    futile = {
        "tuple": (falsifier.params["constant"], "assert (implementation(x=-1) >= 0, 'sign')\n"),
        "itself": (falsifier.params["constant"], "x = implementation(x=-1)\nassert x == x\n"),
        "late": (falsifier.params["unreachable"], "return\nassert implementation(x=-1) >= 0\n"),
        "caught": (
            falsifier.params["swallowed"],
            "try:\n    assert implementation(x=-1) >= 0\nexcept Exception:\n    print()\n",
        ),
    }
    sound = claims("helped", *empty, *futile).append(
        SUBJECT, "\n\ndef checked(x):\n    assert x >= 0\n"
    )
    sound = sound.body("helped", "check(implementation(x=-1))\n").append(
        file_of("helped"), "\n\ndef check(x):\n    assert x >= 0\n"
    )
    drifted = sound
    for word, body in empty.items():
        drifted = drifted.body(word, body)
    drifted = drifted.above("borrowed", "from absval import checked\n\n\n")
    for word, (_, body) in futile.items():
        drifted = drifted.body(word, body)

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    vacuous = falsifier.params["vacuous"]
    assert judged.found == expected(
        *((vacuous, drifted.definition(word)) for word in empty),
        *((code, drifted.place(file_of(word), "assert")) for word, (code, _) in futile.items()),
    )
    assert judged.exit_code == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_009_no_bound_test_may_be_skipped(falsifier, cli, tmp_path):
    holds = "assert implementation(x=-1) >= 0\n"
    above = {
        "skip": f"{PYTEST}@pytest.mark.skip(reason='later')\n",
        "skipif": f"{PYTEST}@pytest.mark.skipif(True, reason='later')\n",
        "xfail": f"{PYTEST}@pytest.mark.xfail\n",
        "alias": "from pytest import mark\n\n\n@mark.skip\n",
        "inclass": f"{PYTEST}@pytest.mark.skip\n",
        "module": "import pytest\n\npytestmark = [pytest.mark.xfail]\n\n\n",
        "import": "import pytest\n\npytest.skip('later', allow_module_level=True)\n\n\n",
        "needs": "import pytest\n\nnumpy = pytest.importorskip('numpy')\n\n\n",
    }
    inside = {
        "call": f"if implementation(x=1) > 0:\n    pytest.skip()\n{holds}",
        "expects": f"{holds}pytest.xfail('later')\n",
    }
    fixture = "import pytest\n\n\n@pytest.fixture\ndef {}():\n    return 1\n"
    conftest = "falsifiers/conftest.py"
    sound = claims("kept", *above, *inside, "beside", "around").in_class("inclass")
    for word, name in (("beside", "device"), ("around", "world")):
        sound = sound.edit(file_of(word), "(implementation)", f"({name}, implementation)")
    sound = sound.append(file_of("beside"), f"\n\n{fixture.format('device')}")
    sound = sound.write(conftest, fixture.format("world"))
    drifted = sound
    for word, text in above.items():
        drifted = drifted.above(word, text)
    for word, body in inside.items():
        drifted = drifted.body(word, body).above(word, PYTEST)
    for path in (file_of("beside"), conftest):
        drifted = drifted.edit(path, "return 1", "pytest.skip('none here')")

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    marks = {
        **{file_of(word): "@" for word in ("skip", "skipif", "xfail", "alias", "inclass")},
        file_of("module"): "pytest.mark.",
        file_of("needs"): "pytest.importorskip",
        file_of("expects"): "pytest.xfail",
        **{file_of(word): "pytest.skip(" for word in ("import", "call", "beside")},
        conftest: "pytest.skip(",
    }
    skipped = falsifier.params["skipped"]
    assert judged.found == expected(
        *((skipped, drifted.place(path, text)) for path, text in marks.items())
    )
    assert judged.exit_code == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_010_both_ends_name_each_other(falsifier, cli, tmp_path):
    second = "contracts/second-v1.yaml"
    sound = claims("kept", "grown", "left", "right", "nameless", "wish", "marker", "shared")
    sound = (
        sound.above("marker", f"{PYTEST}@pytest.mark.falsifies('{id_of('marker')}')\n")
        .write(second, contract_of("other"))
        .write(file_of("other"), function_of("other"))
    )
    uncited = "falsify_claim_grown_is_even"
    unknown = "@pytest.mark.falsifies('CLAIM-NOWHERE')"
    drifted = (
        sound.append(file_of("grown"), f"\n\ndef {uncited}(implementation):\n    assert 0\n")
        .cite("left", citation_of("right"))
        .cite("right", citation_of("left"))
        .edit(file_of("nameless"), name_of("nameless"), "falsify_sign")
        .cite("nameless", f"{file_of('nameless')}::falsify_sign")
        .edit(CONTRACT, f"  test: {citation_of('wish')}\n", "")
        .append(file_of("marker"), f"\n\n{unknown}\n")
        .append(file_of("marker"), f"def {UNLIKE}(implementation):\n    assert 0\n")
        .edit(second, f"id: {id_of('other')}\n", f"id: {id_of('shared')}\n")
        .edit(second, citation_of("other"), citation_of("shared"))
        .without(file_of("other"))
    )

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    mismatch, duplicate = falsifier.params["mismatch"], falsifier.params["duplicate"]
    twice = [drifted.entry("shared"), drifted.place(second, f"id: {id_of('shared')}\n")]
    assert judged.found == expected(
        (falsifier.params["uncited"], drifted.place(file_of("grown"), f"def {uncited}")),
        (falsifier.params["absent"], drifted.entry("wish")),
        (
            falsifier.params["unknown"],
            drifted.place(file_of("marker"), unknown),
        ),
        *((mismatch, drifted.citation(word)) for word in ("left", "right", "nameless")),
        *((duplicate, place) for place in twice),
    )
    assert judged.exit_code == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_011_one_bad_file_blinds_no_other(falsifier, cli, tmp_path):
    words = [f"n{i}" for i in range(falsifier.params["files"])]
    unreadable, unparsable, renamed, *_ = words
    paths = {word: f"contracts/{word}-v1.yaml" for word in words}
    sound = claims(*words).without(CONTRACT)
    for word, path in paths.items():
        sound = sound.write(path, contract_of(word))
    drifted = (
        sound.edit(paths[unreadable], f"rule: {unreadable}", f"rule: `{unreadable}`")
        .edit(file_of(unparsable), ">= 0", ">=")
        .edit(file_of(renamed), name_of(renamed), f"{name_of(renamed)}_not")
    )

    judged = lint(cli, drifted.write_to(tmp_path / "drifted"))
    assert judged.found == expected(
        (falsifier.params["not_yaml"], drifted.place(paths[unreadable], "rule:")),
        (falsifier.params["not_python"], drifted.place(file_of(unparsable), "assert")),
        (falsifier.params["missing"], drifted.place(paths[renamed], "test:")),
    )
    assert judged.exit_code == 1
    assert judged.counts("contracts", "declared") == len(words)
    assert judged.counts("contracts", "judged") == len(words) - 1
    assert judged.counts("falsifiers", "unbound") == 2
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_012_any_path_into_a_project_gives_its_verdict(falsifier, cli, tmp_path):
    second = "contracts/second-v1.yaml"
    sound = (
        claims("kept", "renamed")
        .write(second, contract_of("other"))
        .write(file_of("other"), function_of("other"))
        # A project file that says nothing of pv is not the root.
        .write(f"falsifiers/{PYPROJECT}", "[project]\n")
    )
    drifted = sound.edit(file_of("renamed"), name_of("renamed"), f"{name_of('renamed')}_not")

    root = drifted.write_to(tmp_path / "drifted")
    judged = [lint(cli, start) for start in (root, root / second, root / "falsifiers")]
    found = expected((falsifier.params["missing"], drifted.citation("renamed")))
    assert [linted.found for linted in judged] == [found] * len(judged)
    assert [linted.exit_code for linted in judged] == [1] * len(judged)
    assert all(linted.report == judged[0].report for linted in judged)
    assert lint(cli, sound.write_to(tmp_path / "sound") / second).is_clean


def falsify_pv_bind_013_a_dead_scan_path_is_an_error(falsifier, cli, tmp_path):
    options = 'contracts = ["contracts"]\nfalsifiers = ["falsifiers"]\n'
    sound = claims("kept").edit(PYPROJECT, "[tool.pv]\n", f"[tool.pv]\n{options}")
    for option in ("contracts", "falsifiers"):
        dead = f"{option}-of-old"
        drifted = sound.edit(PYPROJECT, f'["{option}"]', f'["{option}", "{dead}"]')
        judged = lint(cli, drifted.write_to(tmp_path / option))
        assert judged.exit_code == 2
        assert judged.found == []
        assert {PYPROJECT, option, dead} <= set(re.findall(r"[\w.-]*\w", judged.stderr))

    empty = sound.without(CONTRACT).without(file_of("kept")).write("contracts/README", "None.\n")
    empty = empty.write("falsifiers/README", "None.\n")
    assert lint(cli, empty.write_to(tmp_path / "empty")).exit_code == falsifier.params["unjudged"]
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean


def falsify_pv_bind_014_lint_runs_nothing_of_the_project(falsifier, cli, tmp_path):
    traps = tmp_path / "traps"
    traps.mkdir()
    sound = claims("kept", "renamed").write("conftest.py", "").write("falsifiers/conftest.py", "")
    sound = sound.write("falsifiers/oracles/__init__.py", "")
    for i, path in enumerate(path for path in sound.files if path.endswith(".py")):
        trap = f"import pathlib\n\npathlib.Path({str(traps)!r}, '{i}').touch()\n\n\n"
        sound = sound.write(path, trap + sound.files[path])
    drifted = sound.edit(file_of("renamed"), name_of("renamed"), f"{name_of('renamed')}_not")

    root = drifted.write_to(tmp_path / "drifted")
    judged = lint(cli, root)
    assert list(traps.iterdir()) == []
    missing = falsifier.params["missing"]
    assert judged.found == expected((missing, drifted.citation("renamed")))
    assert judged.exit_code == 1
    assert lint(cli, sound.write_to(tmp_path / "sound")).is_clean
    assert list(traps.iterdir()) == []

    # The traps do work: what runs such a file leaves a trace.
    runpy.run_path(str(root / file_of("kept")))
    assert len(list(traps.iterdir())) == 1
