"""The networks: an encoder, read at the two role tokens, with one output per codebook field."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel, BertConfig, BertModel, PreTrainedModel

from models.codes import FIELDS
from models.marking import ACTOR, TARGET


class StanceConfig(BertConfig):
    """A BERT configuration with the ids of the role tokens and the codes of each field."""

    actor_id: int = 1
    target_id: int = 2
    fields: dict[str, list[str]] | None = None


class Reading(nn.Module):
    """Logits of every field from an encoder's states, read at the roles and over the whole text.

    `forward(states, actor, target, mask)`: states float of shape (batch, tokens, width),
    the others (batch, tokens), non-zero where a token is meant. Gives one tensor of shape
    (batch, codes) per field, in the order of `FIELDS`, and last the tone toward the
    target (3), used in training only.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.mix = nn.Linear(4 * width, width)
        self.heads = nn.ModuleDict(
            {field: nn.Linear(width, len(codes)) for field, codes in FIELDS.items()}
        )
        self.tone = nn.Linear(width, 3)

    def forward(
        self, states: Tensor, actor: Tensor, target: Tensor, mask: Tensor
    ) -> tuple[Tensor, ...]:
        places = [_mean(states, where) for where in (actor, target, mask)]
        read = torch.cat([*places, states[:, 0]], dim=-1)
        mixed = self.drop(nn.functional.gelu(self.mix(self.drop(read))))
        return (*(head(mixed) for head in self.heads.values()), self.tone(mixed))


class StanceNetwork(PreTrainedModel):
    """The network that is exported: a BERT encoder under a `Reading`.

    `forward(input_ids, attention_mask)`, both int64 of shape (batch, tokens).
    """

    config_class = StanceConfig

    def __init__(self, config: StanceConfig) -> None:
        super().__init__(config)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.reading = Reading(config.hidden_size)
        self.post_init()

    @classmethod
    def from_encoder(cls, base: Path, tokenizer: Tokenizer) -> "StanceNetwork":
        """The pretrained encoder in folder `base` under a fresh reading."""
        config = StanceConfig.from_pretrained(base)
        config.actor_id, config.target_id = role_ids(tokenizer)
        network = cls(config)
        network.encoder = BertModel.from_pretrained(base, add_pooling_layer=False)
        return network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        actor, target = (input_ids == i for i in (self.config.actor_id, self.config.target_id))
        return tuple(self.reading(states, actor, target, attention_mask))


class TeacherNetwork(nn.Module):
    """Any encoder under a `Reading`; it is never exported, so its size does not matter.

    Its embeddings and its lowest `frozen` layers stay as they were pretrained: a third less
    work for each step. `forward` as in `StanceNetwork`.
    """

    def __init__(self, base: Path, tokenizer: Tokenizer, frozen: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(base, add_pooling_layer=False)
        self.reading = Reading(self.encoder.config.hidden_size)
        self.actor_id, self.target_id = role_ids(tokenizer)
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:frozen]):
            part.requires_grad_(False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        actor, target = (input_ids == i for i in (self.actor_id, self.target_id))
        return tuple(self.reading(states, actor, target, attention_mask))


def role_ids(tokenizer: Tokenizer) -> tuple[int, int]:
    """Token ids of [ACTOR] and [TARGET]."""
    actor, target = (
        tokenizer.encode(role, add_special_tokens=False).ids[0] for role in (ACTOR, TARGET)
    )
    return actor, target


def _mean(states: Tensor, where: Tensor) -> Tensor:
    weights = where.to(states.dtype).unsqueeze(-1)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
