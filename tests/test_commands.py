"""The command line, run as a user runs it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FAIRWEATHER = Path(sys.executable).with_name("fairweather")
ROOT = Path(__file__).parent.parent


class Shell:
    """Runs `fairweather` with its own data folder and no feeds."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        feeds = folder / "feeds.csv"
        feeds.write_text("publisher,url,language,country,ownership,bloc,status\n")
        self.environment = os.environ | {
            "FAIRWEATHER_DATA": str(self.data),
            "FAIRWEATHER_FEEDS": str(feeds),
        }

    def __call__(
        self, *words: str | Path, given: str = "", **more: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [FAIRWEATHER, *map(str, words)],
            input=given,
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=120,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A warehouse that holds one article, brought in by `add`."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "article.txt").write_text(
        "Moscow stands by Caracas\n\nRussia condemned the sanctions against Maduro on Monday. "
        "China will deliver no more oil equipment to Venezuela, analysts said."
    )
    shell = Shell(folder)
    done = shell("add", folder / "article.txt")
    assert done.returncode == 0, done.stderr
    return shell


def test_add_judges_and_publishes(filled: Shell) -> None:
    assert (filled.data / "published.duckdb").exists()
    rows = filled("sql", "SELECT count(*) AS n FROM mart.evidence", "--format", "jsonl")
    assert json.loads(rows.stdout)["n"] >= 3


def test_adding_again_adds_nothing(filled: Shell) -> None:
    before = filled("sql", "FROM mart.meta", "--format", "csv").stdout.split(",")[-3:]
    again = filled("add", filled.data.parent / "article.txt")
    assert "0 new articles, 1 known" in again.stdout
    assert filled("sql", "FROM mart.meta", "--format", "csv").stdout.split(",")[-3:] == before


def test_trend_shows_both_channels_and_the_counts(filled: Shell) -> None:
    shown = filled("trend")
    assert shown.returncode == 0
    assert "Russia" in shown.stdout
    assert json.loads(filled("trend", "--json").stdout)["latest"]


@pytest.mark.parametrize("form", ["table", "csv", "jsonl"])
def test_sql_prints_every_format(filled: Shell, form: str) -> None:
    done = filled("sql", "SELECT 1 AS one, DATE '2025-11-01' AS day", "--format", form)
    assert done.returncode == 0
    assert "one" in done.stdout
    assert "2025-11-01" in done.stdout


def test_doctor_finds_everything_in_place(filled: Shell) -> None:
    done = filled("doctor")
    assert done.returncode == 0
    assert "FAIL" not in done.stdout


def test_judge_answers_every_line_in_order(shell: Shell) -> None:
    lines = [
        {"id": "a", "text": "Russia backs Maduro.", "actor": "Russia", "target": "Maduro"},
        {"id": "b", "text": "Freedonia backs Bob.", "actor": "Freedonia", "target": "Bob"},
        {"id": "c", "text": "Rusia apoya a Maduro en Caracas.", "actor": "Russia", "target": "x"},
        {"id": "d", "text": "It rains.", "actor": "Russia", "target": "Maduro"},
    ]
    given = "\n".join(map(json.dumps, lines)) + "\nnonsense\n"
    answers = [json.loads(line) for line in shell("judge", given=given).stdout.splitlines()]
    assert [a["id"] for a in answers] == ["a", "b", "c", "d", None]
    assert [a["stance"] for a in answers[:2]] == ["favor", "favor"]
    assert set(answers[0]["p"]) == {"favor", "against", "neutral", "none"}
    assert [a["stance"] for a in answers[2:]] == ["unscored"] * 3
    assert "es" in answers[2]["reason"]
    assert "neither" in answers[3]["reason"]
    assert "JSON" in answers[4]["reason"]


def test_judge_answers_the_first_line_while_the_second_is_awaited(shell: Shell) -> None:
    line = {"id": 1, "text": "Russia backs Maduro.", "actor": "Russia", "target": "Maduro"}
    with subprocess.Popen(
        [FAIRWEATHER, "judge"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=shell.environment,
        text=True,
    ) as judge:
        assert judge.stdin
        assert judge.stdout
        judge.stdin.write(json.dumps(line) + "\n")
        judge.stdin.flush()
        assert json.loads(judge.stdout.readline())["id"] == 1
        judge.stdin.close()


BAD = {
    "a missing file": (["add", "missing.txt"], 2, ["missing.txt", "no such file"]),
    "a directory": (["add", "."], 2, [".", "directory"]),
    "a binary file": (["add", "binary"], 2, ["binary"]),
    "an empty text": (["add", "empty.txt"], 2, ["empty.txt", "empty"]),
    "a page without text": (["add", "bare.html"], 2, ["bare.html", "no_text", "give the page"]),
    "JSONL without text": (["add", "bad.jsonl"], 2, ["bad.jsonl:1", "text"]),
    "an address where nobody listens": (["add", "http://127.0.0.1:9/x"], 2, ["127.0.0.1"]),
    "no origin": (["add"], 2, ["name a file"]),
    "an unknown command": (["bogus"], 2, ["bogus", "--help"]),
    "an unknown option": (["run", "--bogus"], 2, ["--bogus"]),
    "wrong SQL": (["sql", "SELEC"], 2, ["SQL"]),
    "a missing file to judge": (["judge", "missing.jsonl"], 2, ["missing.jsonl"]),
    "no such data folder": (["evaluate", "--data", "missing"], 2, ["missing"]),
}


@pytest.mark.parametrize(("words", "code", "said"), BAD.values(), ids=BAD)
def test_bad_input_is_one_line_and_changes_nothing(
    filled: Shell, tmp_path: Path, words: list[str], code: int, said: list[str]
) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "empty.txt").write_text(" \n")
    (tmp_path / "bare.html").write_text("<!doctype html><html><body></body></html>")
    (tmp_path / "bad.jsonl").write_text('{"title": "only"}\n')
    warehouse = filled.data / "warehouse.duckdb"
    before = warehouse.read_bytes()
    done = subprocess.run(
        [FAIRWEATHER, *words], cwd=tmp_path, env=filled.environment, capture_output=True, text=True
    )
    assert done.returncode == code
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr
    for part in said:
        assert part in done.stderr
    assert warehouse.read_bytes() == before


def test_malformed_feeds_are_named_by_file_and_line(shell: Shell, tmp_path: Path) -> None:
    feeds = tmp_path / "feeds.csv"
    feeds.write_text(feeds.read_text() + "X,ftp://x,en,,state,western,A\n")
    done = shell("doctor")
    assert done.returncode == 2
    assert f"{feeds}:2" in done.stdout


def test_a_run_over_malformed_feeds_stops_before_prefect_starts(
    shell: Shell, tmp_path: Path
) -> None:
    feeds = tmp_path / "feeds.csv"
    feeds.write_text("publisher,address\n")
    done = shell("run")
    assert done.returncode == 2
    assert done.stderr.startswith(f"fairweather: {feeds}:1: columns are publisher,address")
    assert len(done.stderr.strip().splitlines()) == 1
    assert not shell.data.exists()


@pytest.mark.parametrize("file", ["onnx/model.onnx", "tokenizer.json", "config.json"])
def test_damaged_weights_are_refused(shell: Shell, tmp_path: Path, file: str) -> None:
    weights = tmp_path / "english"
    shutil.copytree(ROOT / "models" / "weights" / "english", weights)
    content = bytearray((weights / file).read_bytes())
    content[len(content) // 2] ^= 1
    (weights / file).write_bytes(content)
    (tmp_path / "article.txt").write_text("Russia backs Maduro.")
    done = shell("add", tmp_path / "article.txt", FAIRWEATHER_WEIGHTS=str(weights))
    assert done.returncode == 5
    assert file in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not shell.data.exists()


def test_a_held_warehouse_is_left_alone(filled: Shell) -> None:
    warehouse = filled.data / "warehouse.duckdb"
    hold = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, warehouse],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdin
        assert holder.stdout.readline() == "held\n"
        done = filled("add", filled.data.parent / "article.txt")
        assert filled("sql", "FROM mart.meta").returncode == 0
        holder.stdin.write("\n")
        holder.stdin.flush()
        holder.wait()
    assert done.returncode == 4
    assert "held by another process" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_before_the_first_run_sql_says_what_to_do(shell: Shell) -> None:
    done = shell("sql", "FROM mart.meta")
    assert done.returncode == 2
    assert "fairweather run" in done.stderr


def test_train_without_torch_says_what_to_install(shell: Shell, tmp_path: Path) -> None:
    # A folder in front of the path makes torch unimportable whether it is installed or not.
    (tmp_path / "torch.py").write_text("raise ImportError('not here', name='torch')")
    done = shell("train", PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert "extra train" in done.stderr


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['fairweather', '--help']\n"
        "from flows.commands import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'duckdb', 'pydantic', 'numpy', 'onnxruntime'} & sys.modules.keys()\n"
        "sys.exit(f'imports {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
