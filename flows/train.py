"""`train`: the weights made again, with progress."""

from pathlib import Path

from flows.progress import showing, step
from flows.settings import Settings
from models.errors import BadInput


def make(
    settings: Settings, data: Path | None, out: Path, seed: int, pretrained: str, teacher: str
) -> None:
    """Train and write the weights folder `out`; raises BadInput where torch is missing."""
    try:
        from models.training.loop import Recipe
        from models.training.weights import Sources, make_weights
    except ImportError as error:
        raise BadInput(
            f"train: {error.name} is missing; install the extra: `uv sync --extra train`, or "
            "`pip install -e .[train]`"
        ) from None
    with showing():
        make_weights(
            Sources(settings.seeds, data or settings.seeds),
            out,
            out.with_name(f"{out.name}-{seed}.work"),
            Recipe(seed=seed),
            pretrained,
            teacher,
            step,
        )
