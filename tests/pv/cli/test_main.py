"""The group: every outcome is an exit code, and starting costs nothing that is not used."""

import subprocess
import sys

import click
import pytest

from pv import __version__
from pv.cli import main as cli
from pv.exit_code import ExitCode, UsageError

HEAVY = {"hypothesis", "jax", "numpy", "pydantic", "pytest", "rich", "yaml"}


@pytest.fixture
def boom(monkeypatch):
    """A command ``boom`` that raises what the test gives it."""

    def install(error: BaseException) -> None:
        @click.command("boom")
        def command() -> None:
            raise error

        monkeypatch.setattr(cli.pv, "get_command", lambda _context, _name: command)

    return install


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such thing"), ExitCode.USAGE),
        (click.UsageError("no such option"), ExitCode.USAGE),
        (KeyboardInterrupt(), 130),
        (RuntimeError("broken"), ExitCode.INTERNAL),
        (AssertionError(), ExitCode.INTERNAL),
    ],
)
def test_outcome_is_an_exit_code(boom, capsys, error, code):
    boom(error)
    assert cli.main(["boom"]) == code
    assert capsys.readouterr().out == ""


def test_internal_error_shows_where_and_denies_the_verdict(boom, capsys):
    boom(RuntimeError("broken"))
    cli.main(["boom"])
    errors = capsys.readouterr().err
    assert "RuntimeError: broken" in errors
    assert errors.splitlines()[-1].startswith("pv: internal error: ")


def test_usage_error_is_one_line(boom, capsys):
    boom(UsageError("x.yaml: no such file"))
    cli.main(["boom"])
    assert capsys.readouterr().err == "pv: x.yaml: no such file\n"


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["lint", "--no-such-option"]])
def test_wrong_usage_is_2(arguments):
    assert cli.main(arguments) == ExitCode.USAGE


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_every_command_teaches(capsys):
    context = click.Context(cli.pv)
    for name in cli.pv.list_commands(context):
        assert cli.main([name, "--help"]) == 0
        text = capsys.readouterr().out
        assert "Example" in text, name
        assert "Exit codes" in text, name


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["lint", "--help"]])
def test_starting_imports_nothing_heavy(arguments):
    assert not imported_by(arguments) & HEAVY


def imported_by(arguments: list[str]) -> set[str]:
    program = (
        "import sys; from pv.cli.main import main; main(sys.argv[1:]); "
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())
