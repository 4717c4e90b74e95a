"""The training loop: examples in, a trained network out; resumable, with progress."""

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from models.codes import FIELDS
from models.marking import cut
from models.training.examples import Example, Shares

FIELD_WEIGHTS = {
    "stance": 1.0,
    "change": 0.4,
    "channel": 0.25,
    "domain": 0.25,
    "modality": 0.25,
    "attribution": 0.25,
}
TONE_WEIGHT = 0.3
PUBLIC = Shares(news_times=1, sided=1.0, unsided=0.4, tone=0.2, untold=0.5)
SUBJECT = Shares(news_times=3, sided=0.5, unsided=0.2, tone=0.0, untold=0.15)

Announce = Callable[[str, int], Callable[[int], None]]
"""Takes the name of a step and its parts; what it gives is called with the parts done."""


@dataclass(frozen=True)
class Recipe:
    """What the training of one network does; stored beside its weights.

    The first epochs see the `public` shares of the data, to learn how stances are told;
    the others the `subject` shares. `head_rate` is how many times faster the fresh heads
    learn than the encoder; `trust` how much of a labelled row's aim is the teacher's
    answer (0: labels alone).
    """

    public_epochs: int = 1
    subject_epochs: int = 3
    public: Shares = PUBLIC
    subject: Shares = SUBJECT
    tokens_per_batch: int = 2048
    learning_rate: float = 1.5e-4
    head_rate: float = 3.0
    warmup: float = 0.08
    weight_decay: float = 0.01
    label_smoothing: float = 0.05
    max_tokens: int = 256
    trust: float = 0.5
    seed: int = 1

    @property
    def epochs(self) -> int:
        """Of both kinds together."""
        return self.public_epochs + self.subject_epochs


def train(
    network: nn.Module,
    tokenizer: Tokenizer,
    examples: Callable[[int], Sequence[Example]],
    recipe: Recipe,
    folder: Path,
    report: Callable[[int, float, nn.Module], None],
    announce: Announce = lambda name, total: lambda done: None,
) -> None:
    """Train `network` in place on `examples(epoch)`.

    After each epoch `report(epoch, mean loss, network)` is called and a checkpoint
    is kept in `folder`; a run that was interrupted goes on from the last one.
    """
    plans = [_batches(tokenizer, examples(epoch), recipe, epoch) for epoch in range(recipe.epochs)]
    total = sum(len(plan) for plan in plans)
    # In the network's order: a checkpoint gives each parameter its state back by its place.
    named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
    encoder = [p for name, p in named if name.startswith("encoder.")]
    fresh = [p for name, p in named if not name.startswith("encoder.")]
    optimizer = torch.optim.AdamW(
        [
            {"params": encoder},
            {"params": fresh, "lr": recipe.learning_rate * recipe.head_rate},
        ],
        recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _rate(step, total, recipe.warmup)
    )
    first = _resume(folder, recipe, network, optimizer, schedule)
    advance = announce("training", total)
    advance(sum(len(plan) for plan in plans[:first]))
    for epoch in range(first, recipe.epochs):
        network.train()
        losses = 0.0
        for batch in plans[epoch]:
            loss = _loss(network, tokenizer, batch, recipe)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad(set_to_none=True)
            losses += float(loss.detach())
            advance(1)
        network.eval()
        report(epoch, losses / len(plans[epoch]), network)
        _checkpoint(folder, recipe, network, optimizer, schedule, epoch + 1)


def device_of(network: nn.Module) -> torch.device:
    """Where the network lies: `cuda` or `cpu`."""
    return next(network.parameters()).device


def encode(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int) -> tuple[Tensor, Tensor]:
    """Token ids and attention mask of `texts`, padded to the longest, cut at `max_tokens`."""
    ids = [cut(encoding.ids, max_tokens) for encoding in tokenizer.encode_batch(list(texts))]
    longest = max(map(len, ids))
    padded = torch.tensor([row + [0] * (longest - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
    return padded, mask


def _batches(
    tokenizer: Tokenizer, examples: Sequence[Example], recipe: Recipe, epoch: int
) -> list[list[Example]]:
    shuffled = random.Random(recipe.seed * 1000 + epoch)
    lengths = [
        min(len(encoding.ids), recipe.max_tokens)
        for encoding in tokenizer.encode_batch([example.text for example in examples])
    ]
    order = sorted(range(len(examples)), key=lambda i: lengths[i] + shuffled.uniform(0, 8))
    batches: list[list[Example]] = [[]]
    for index in order:
        if batches[-1] and (len(batches[-1]) + 1) * lengths[index] > recipe.tokens_per_batch:
            batches.append([])
        batches[-1].append(examples[index])
    shuffled.shuffle(batches)
    return batches


def _rate(step: int, total: int, warmup: float) -> float:
    rising = warmup * total
    if step < rising:
        return step / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / (total - rising)))


def _loss(
    network: nn.Module, tokenizer: Tokenizer, batch: Sequence[Example], recipe: Recipe
) -> Tensor:
    device = device_of(network)
    ids, mask = encode(tokenizer, [example.text for example in batch], recipe.max_tokens)
    with torch.autocast(device.type, torch.bfloat16):
        given = network(ids.to(device), mask.to(device))
    # The losses are small sums: on a GPU they would only wait for one another.
    *fields, tone = (logits.float().cpu() for logits in given)
    loss = torch.zeros(())
    weights = torch.tensor([example.weight for example in batch])
    bearing = 1 - _taught("stance", FIELDS["stance"], batch)[:, FIELDS["stance"].index("none")]
    for (name, codes), logits in zip(FIELDS.items(), fields, strict=True):
        labelled = _allowed(name, codes, batch)
        taught = _taught(name, codes, batch)
        told = taught.any(-1)
        each = torch.where(
            told,
            _taught_loss(logits, labelled, taught, recipe.trust),
            _marginal_loss(logits, labelled, recipe.label_smoothing),
        )
        if name != "stance":
            each = each * torch.where(labelled.any(-1), 1.0, bearing)
        loss = loss + FIELD_WEIGHTS[name] * (each * weights).sum() / len(batch)
    tones = torch.tensor([-100 if e.tone is None else e.tone for e in batch])
    if (tones >= 0).any():
        share = (tones >= 0).float().mean()
        loss = loss + TONE_WEIGHT * share * nn.functional.cross_entropy(tone, tones)
    return loss


def _allowed(name: str, codes: tuple[str, ...], batch: Sequence[Example]) -> Tensor:
    """1 where a code is among those that the labels allow; a row of zeros where unknown."""
    rows = []
    for example in batch:
        known = example.labels[name].split("|") if name in example.labels else None
        rows.append([float(known is not None and code in known) for code in codes])
    return torch.tensor(rows)


def _marginal_loss(logits: Tensor, allowed: Tensor, smoothing: float) -> Tensor:
    """-log of the probability that falls on the allowed codes, with label smoothing."""
    logs = torch.log_softmax(logits, -1)
    hit = torch.logsumexp(logs.masked_fill(allowed == 0, -1e9), -1)
    known = allowed.any(-1)
    smooth = (1 - smoothing) * -hit + smoothing * -logs.mean(-1)
    return torch.where(known, smooth, torch.zeros_like(smooth))


def _taught(name: str, codes: tuple[str, ...], batch: Sequence[Example]) -> Tensor:
    """The teacher's probabilities of the codes; a row of zeros where it was not asked.

    A row whose label says that there is no stance has nothing to teach in the other fields.
    """
    silent = (0.0,) * len(codes)
    return torch.tensor(
        [
            silent
            if name != "stance" and example.labels.get("stance") == "none"
            else example.taught.get(name, silent)
            for example in batch
        ]
    )


def _taught_loss(logits: Tensor, allowed: Tensor, taught: Tensor, trust: float) -> Tensor:
    """Cross-entropy to the teacher's probabilities (Hinton, Vinyals & Dean 2015).

    Where labels are known the aim is `trust` parts of them and the rest of the same
    probabilities restricted to the allowed codes.
    """
    kept = taught * allowed + 1e-6 * allowed
    kept = kept / kept.sum(-1, keepdim=True).clamp(min=1e-9)
    aim = torch.where(allowed.any(-1, keepdim=True), trust * taught + (1 - trust) * kept, taught)
    return -(aim * torch.log_softmax(logits, -1)).sum(-1)


def _resume(folder: Path, recipe: Recipe, network: nn.Module, *parts: object) -> int:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    saved = torch.load(path, device_of(network), weights_only=True)
    if saved["recipe"] != json.dumps(asdict(recipe)):
        raise ValueError(f"{path}: belongs to another recipe; remove it or choose another folder")
    network.load_state_dict(saved["network"])
    for part, state in zip(parts, saved["parts"], strict=True):
        part.load_state_dict(state)  # type: ignore[attr-defined]
    return int(saved["epochs"])


def _checkpoint(
    folder: Path, recipe: Recipe, network: nn.Module, *parts_and_epochs: object
) -> None:
    *parts, epochs = parts_and_epochs
    folder.mkdir(parents=True, exist_ok=True)
    state = {
        "recipe": json.dumps(asdict(recipe)),
        "network": network.state_dict(),
        "parts": [part.state_dict() for part in parts],  # type: ignore[attr-defined]
        "epochs": epochs,
    }
    torch.save(state, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")
