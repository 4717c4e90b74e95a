"""Sentences and their places."""

import pytest

from models.sentences import split

CASES = {
    "English, with an abbreviation": (
        "en",
        "The U.S. imposed sanctions. Moscow objected!",
        ["The U.S. imposed sanctions.", "Moscow objected!"],
    ),
    "a quotation stays with its speaker": (
        "en",
        "“Russia will not help,” he said. Nobody asked.",
        ["“Russia will not help,” he said.", "Nobody asked."],
    ),
    "Spanish": ("es", "Rusia apoya a Maduro. ¿Y China?", ["Rusia apoya a Maduro.", "¿Y China?"]),
    "Portuguese, by the rules of Spanish": (
        "pt",
        "A Rússia apoia Maduro. A China também.",
        ["A Rússia apoia Maduro.", "A China também."],
    ),
    "Russian": (
        "ru",
        "Россия поддержала Мадуро. Китай промолчал.",
        ["Россия поддержала Мадуро.", "Китай промолчал."],
    ),
    "Chinese, without blanks": (
        "zh",
        "中国支持马杜罗。俄罗斯也支持。",
        ["中国支持马杜罗。", "俄罗斯也支持。"],
    ),
    "a language that the splitter lacks": ("und", "One. Two.", ["One.", "Two."]),
    "a headline without a full stop": ("en", "Maduro loses friends\n", ["Maduro loses friends"]),
    "blanks only": ("en", " \n\t\n", []),
    "the same sentence twice": ("en", "He left. He left.", ["He left.", "He left."]),
}


@pytest.mark.parametrize(("language", "text", "sentences"), CASES.values(), ids=CASES)
def test_sentences(language: str, text: str, sentences: list[str]) -> None:
    spans = [span for paragraph in split(text, language) for span in paragraph]
    assert [text[start:end] for start, end in spans] == sentences
    assert spans == sorted(set(spans))


def test_a_line_ends_a_paragraph() -> None:
    assert [len(paragraph) for paragraph in split("Title\n\nOne. Two.\nThree.", "en")] == [1, 2, 1]


def test_a_paragraph_of_any_length_is_read_to_its_end() -> None:
    text = "Moscow backs Caracas again today. " * 1000
    spans = split(text, "en")[0]
    assert text[slice(*spans[-1])].endswith("today.")
    assert sum(end - start for start, end in spans) > 0.95 * len(text)
