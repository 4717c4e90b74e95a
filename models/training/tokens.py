"""The encoder's tokenizer with the two role tokens in place of unused entries."""

import json
from pathlib import Path

from tokenizers import Tokenizer

from models.marking import ACTOR, TARGET


def role_tokenizer(pretrained: Path) -> Tokenizer:
    """The tokenizer in folder `pretrained`, without padding or truncation, that knows the roles.

    The role tokens take the ids of `[unused0]` and `[unused1]`, so the embedding
    table keeps its size.
    """
    described = json.loads((pretrained / "tokenizer.json").read_text(encoding="utf8"))
    vocabulary = described["model"]["vocab"]
    for unused, role in (("[unused0]", ACTOR), ("[unused1]", TARGET)):
        vocabulary[role] = vocabulary.pop(unused)
        described["added_tokens"].append(
            {
                "id": vocabulary[role],
                "content": role,
                "special": True,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
            }
        )
    described["added_tokens"].sort(key=lambda token: token["id"])
    described |= {"truncation": None, "padding": None}
    return Tokenizer.from_str(json.dumps(described))
