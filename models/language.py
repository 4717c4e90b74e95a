"""The language of a text."""

from functools import cache
from typing import Any

LANGUAGES = (
    *("en", "es", "pt", "ru", "zh", "fr", "de", "it", "nl", "pl", "uk", "be", "bg", "sr", "cs"),
    *("ro", "hu", "el", "sv", "tr", "ar", "fa", "he", "hi", "ur", "bn", "id", "vi", "th", "ja"),
    *("ko", "ca", "gl"),
)
"""The languages told apart: those of the world's larger news agencies."""

SURE = 1.25
"""How many times likelier than the next language the named one must be."""


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def identify(text: str) -> str:
    """ISO 639-1 code of the language of `text`; `und` where too little or too mixed to tell."""
    if not any(letter.isalpha() for letter in text):
        return "und"
    (first, likely), (_, next_likely), *_ = _identifier().rank(text[:2000])
    return str(first) if likely > SURE * next_likely else "und"
