"""What tests share: a local web server and golden files."""

import atexit
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from server import Server

Golden = Callable[[Path, Any], None]
TESTS = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite-golden",
        action="store_true",
        help="write the golden files anew from what the code gives now",
    )


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server whose `routes` the test fills in."""
    with Server() as running:
        yield running


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a value with the JSON file at a path, or writes it there (--rewrite-golden)."""
    is_rewritten = request.config.getoption("--rewrite-golden")
    command = f"uv run pytest tests/{request.path.relative_to(TESTS)} --rewrite-golden"

    def check(path: Path, value: Any) -> None:
        written = json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n"
        if is_rewritten:
            path.write_text(written, encoding="utf8")
        kept = path.read_text(encoding="utf8") if path.exists() else ""
        assert written == kept, f"{path.name} differs; if the new one is right: {command}"

    return check


@atexit.register
def _end_quietly() -> None:
    """duckdb's bindings report leaks when Prefect's threads still know a module at the end."""
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
