"""The manifest of a weights folder: SHA-256 of every file, checked before anything is loaded."""

import json
from collections.abc import Iterable
from hashlib import file_digest, sha256
from pathlib import Path

from models.errors import WeightsUnusable

MANIFEST = "manifest.json"
CARD = "card.md"


def write_manifest(folder: Path, made_from: dict[str, str]) -> None:
    """Write the digests of all files in `folder` but its card, and those in `made_from`."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in (MANIFEST, CARD))
    digests = {p.relative_to(folder).as_posix(): digest(p) for p in sorted(files)}
    text = json.dumps({"files": digests, "made_from": made_from}, indent=2)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf8")


def check_manifest(folder: Path, needed: Iterable[str]) -> str:
    """The version of the weights: the first 12 characters of their digest.

    Raises WeightsUnusable where a file is missing or is not what the manifest says.
    """
    digests = _digests(folder)
    for name in sorted({*needed, *digests}):
        path = folder / name
        if name not in digests:
            raise WeightsUnusable(f"{folder / MANIFEST}: does not list {name}; {RESTORE}")
        if not path.is_file():
            raise WeightsUnusable(f"{path}: the weights are incomplete; {RESTORE}")
        if digest(path) != digests[name]:
            raise WeightsUnusable(f"{path}: damaged (SHA-256 differs from {MANIFEST}); {RESTORE}")
    return sha256("".join(sorted(digests.values())).encode()).hexdigest()[:12]


RESTORE = "get the folder again (git checkout, or install again)"


def _digests(folder: Path) -> dict[str, str]:
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf8"))["files"]
    except FileNotFoundError:
        raise WeightsUnusable(
            f"{folder}: no weights here ({MANIFEST} missing); {RESTORE}"
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise WeightsUnusable(f"{folder / MANIFEST}: damaged; {RESTORE}") from None
    return {str(name): str(value) for name, value in files.items()}


def digest(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
