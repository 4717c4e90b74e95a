"""The codebook's fields and their codes: what a judgment may say.

The order of the codes is the order of the model's outputs, so codes are only
ever appended.
"""

from typing import Final

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "stance": ("favor", "against", "neutral", "none"),
    "change": ("", "increase", "decrease", "stable"),
    "channel": ("verbal", "material", "both"),
    "domain": ("diplomatic", "military", "economic", "energy", "other"),
    "modality": ("asserted", "forecast", "request", "historical"),
    "attribution": ("actor", "target", "third", "analyst", "journalist"),
}
"""Every field with its codes; all but `stance` are empty where the stance is `none`."""

UNSCORED: Final = "unscored"
"""The stance of a text that the model declines to judge, always with a reason."""
