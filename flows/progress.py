"""What the program is doing, shown on standard error while it does it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_display: ContextVar[Progress | None] = ContextVar("display", default=None)


@contextmanager
def showing() -> Iterator[None]:
    """Show the steps that are announced inside."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as display:
        token = _display.set(display)
        try:
            yield
        finally:
            _display.reset(token)


def step(name: str, total: int | None = None) -> Callable[[int], None]:
    """Announce a step of `total` parts; the answer is called with the parts that got done."""
    display = _display.get()
    if display is None:
        return lambda done: None
    task = display.add_task(name, total=total)

    def advance(done: int) -> None:
        display.advance(task, done)
        if total is None:
            display.update(task, total=display.tasks[task].completed)

    return advance
