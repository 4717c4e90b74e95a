"""Who may import what: the rooms of the project, and what each command loads."""

import ast
import os
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOMES = {
    "prefect": "flows/run.py",
    "duckdb": "flows/database.py",
    "pyarrow": "flows/warehouse.py",
    "httpx": "flows/client.py",
    "feedparser": "flows/feeds.py",
    "trafilatura": "flows/articles.py",
    "htmldate": "flows/articles.py",
    "cyclopts": "flows/commands.py",
    "onnxruntime": "models/graph.py",
    "huggingface_hub": "flows/weights.py models/training/encoders.py",
    "ahocorasick_rs": "models/mentions.py",
    "pysbd": "models/sentences.py",
    "py3langid": "models/language.py",
    "torch": "models/training/* models/classifier.py",
    "onnx": "models/training/*",
}
HEAVY = {"prefect", "torch", "transformers"}


def imports(path: Path) -> set[str]:
    """The packages that a module imports anywhere in it, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(str(node.module).partition(".")[0])
    return found


MODULES = {
    path.relative_to(ROOT).as_posix(): imports(path)
    for room in ("flows", "models")
    for path in sorted((ROOT / room).rglob("*.py"))
}


@pytest.mark.parametrize(("library", "home"), HOMES.items(), ids=HOMES)
def test_an_outside_library_stands_in_its_one_module(library: str, home: str) -> None:
    users = [name for name, imported in MODULES.items() if library in imported]
    assert users
    at_home = [user for user in users if any(fnmatch(user, part) for part in home.split())]
    assert users == at_home


def test_models_never_import_flows_nor_what_moves() -> None:
    moving = {"flows", "prefect", "duckdb", "httpx", "feedparser", "trafilatura"}
    judging = {name: found for name, found in MODULES.items() if name.startswith("models/")}
    assert len(judging) > 10
    assert {name: found & moving for name, found in judging.items() if found & moving} == {}


def test_prefect_is_quieted_by_environment_variables_alone() -> None:
    assert MODULES["flows/quiet.py"] == {"os"}


COMMANDS = ("judge", "rejudge", "answer", "add", "trend", "card", "doctor")
LOADS = {
    **dict.fromkeys(("commands", "weights", *COMMANDS), HEAVY),
    "run": {"torch"},
}


@pytest.mark.parametrize(("command", "heavy"), LOADS.items(), ids=LOADS)
def test_a_command_loads_nothing_heavy(command: str, heavy: set[str], tmp_path: Path) -> None:
    # Where torch is not installed, an import of it would go unseen.
    (tmp_path / "torch.py").touch()
    program = f"import flows.quiet, flows.{command}, sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert f"flows.{command}" in loaded
    assert loaded & heavy == set()
