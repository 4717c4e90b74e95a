"""How long commands take from a cold start: `uv run python tests/bench/starts.py`.

Each is a process of its own; the median of several. Beside `run` on the seed article
stands its peer, an empty Prefect flow: what lies between them is ours.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FAIRWEATHER = str(Path(sys.executable).with_name("fairweather"))
EMPTY_FLOW = """
import flows.quiet
from prefect import flow
@flow
def nothing(): pass
nothing()
"""
LINE = '{"id": 1, "text": "Russia backs Maduro.", "actor": "Russia", "target": "Maduro"}'


def seconds(
    words: list[str], environment: dict[str, str], given: str = "", times: int = 5
) -> float:
    """Median wall-clock seconds of a command that must succeed."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run(
            words, env=environment, input=given, text=True, capture_output=True, check=True
        )
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        feeds = Path(folder) / "feeds.csv"
        feeds.write_text("publisher,url,language,country,ownership,bloc,status\n")
        environment = os.environ | {"FAIRWEATHER_FEEDS": str(feeds)}
        at = environment | {"FAIRWEATHER_DATA": f"{folder}/data"}
        empty = seconds([sys.executable, "-W", "ignore", "-c", EMPTY_FLOW], environment, times=3)
        runs = [
            seconds(
                [FAIRWEATHER, "run"], environment | {"FAIRWEATHER_DATA": f"{folder}/{n}"}, times=1
            )
            for n in range(3)
        ]
        seconds([FAIRWEATHER, "run"], at, times=1)
        table = {
            "an empty Prefect flow": empty,
            "fairweather run, seed article, no feeds": statistics.median(runs),
            "  beyond Prefect": statistics.median(runs) - empty,
            "fairweather --help": seconds([FAIRWEATHER, "--help"], at),
            "fairweather sql": seconds([FAIRWEATHER, "sql", "FROM mart.meta"], at),
            "fairweather judge, one line": seconds([FAIRWEATHER, "judge"], at, LINE),
            "fairweather trend": seconds([FAIRWEATHER, "trend"], at),
        }
    for name, value in table.items():
        print(f"{name:42} {value:6.2f} s")


if __name__ == "__main__":
    main()
