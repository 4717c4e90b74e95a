"""The network: a BERT encoder, read at the two role tokens, one output per codebook field."""

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, PreTrainedModel

from models.codes import FIELDS


class StanceConfig(BertConfig):
    """A BERT configuration with the ids of the role tokens and the codes of each field."""

    actor_id: int = 1
    target_id: int = 2
    fields: dict[str, list[str]] | None = None


class StanceNetwork(PreTrainedModel):
    """Logits of every field from token ids, read at [ACTOR], at [TARGET] and over the whole text.

    `forward(input_ids, attention_mask)`, both int64 of shape (batch, tokens), gives
    one float32 tensor of shape (batch, codes) per field, in the order of `FIELDS`,
    and last the tone toward the target (3), used in training only.
    """

    config_class = StanceConfig

    def __init__(self, config: StanceConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.drop = nn.Dropout(0.1)
        self.mix = nn.Linear(4 * width, width)
        self.heads = nn.ModuleDict(
            {field: nn.Linear(width, len(codes)) for field, codes in FIELDS.items()}
        )
        self.tone = nn.Linear(width, 3)
        self.post_init()

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        actor = _mean(states, input_ids == self.config.actor_id)
        target = _mean(states, input_ids == self.config.target_id)
        whole = _mean(states, attention_mask == 1)
        read = torch.cat([actor, target, whole, states[:, 0]], dim=-1)
        mixed = nn.functional.gelu(self.mix(self.drop(read)))
        mixed = self.drop(mixed)
        return (*(head(mixed) for head in self.heads.values()), self.tone(mixed))


def _mean(states: Tensor, where: Tensor) -> Tensor:
    weights = where.to(states.dtype).unsqueeze(-1)
    return (states * weights).sum(1) / weights.sum(1).clamp(min=1.0)
