"""README's commands run as they stand, and its first screen shows what is really printed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.removeprefix("$ ")
    for kind, block in BLOCKS
    if kind == "console"
    for line in block.splitlines()
    if line.startswith("$ ") and "fairweather" in line
]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Its own data folder, no feeds, and the installed command in front."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "feeds.csv").write_text("publisher,url,language,country,ownership,bloc,status\n")
    here = Path(sys.executable).parent
    return os.environ | {
        "FAIRWEATHER_DATA": str(folder / "data"),
        "FAIRWEATHER_FEEDS": str(folder / "feeds.csv"),
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
    }


@pytest.fixture(scope="module")
def first_run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return shell(COMMANDS[0], environment)


def shell(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    plain = command.replace("python3 -m pip install uv && ", "").replace("uv run ", "")
    return subprocess.run(
        plain, shell=True, env=environment, cwd=ROOT, capture_output=True, text=True
    )


def test_the_first_command_prints_the_first_table(
    first_run: subprocess.CompletedProcess[str],
) -> None:
    assert first_run.returncode == 0, first_run.stderr
    shown = next(block for kind, block in BLOCKS if kind == "text")
    assert [line for line in shown.splitlines() if line not in first_run.stdout] == []
    assert "Traceback" not in first_run.stderr
    assert "warn" not in first_run.stderr.lower()


@pytest.mark.parametrize("command", COMMANDS[1:])
def test_every_other_command_works(
    command: str, environment: dict[str, str], first_run: subprocess.CompletedProcess[str]
) -> None:
    done = shell(command, environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_first_screen_is_thirty_lines() -> None:
    head = "\n".join(README.splitlines()[:30])
    assert "uv run fairweather run" in head
    assert "Russia" in next(block for kind, block in BLOCKS if kind == "text")


def test_every_link_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_every_setting_and_command_is_described() -> None:
    from flows.commands import app
    from flows.settings import Settings

    for name in Settings.model_fields:
        assert f"_{name.upper()}`" in README, name
    for command in app:
        if not command.startswith("-"):
            assert f"| `{command}" in README, command
