"""The ``cli`` fixture's command, outside of any session."""

from __future__ import annotations

from pv.run.cli_fixture import Cli


def test_command_is_the_projects_own_in_another_directory(tmp_path):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    for directory in (project, elsewhere):
        directory.mkdir()
    (project / "shown.py").write_text("import os\nprint(os.getcwd())\n")
    cli = Cli(project)
    assert cli("shown").stdout == f"{project}\n"
    assert cli("shown", cwd=elsewhere).stdout == f"{elsewhere}\n"
