"""What the model reads: role tokens instead of names."""

import pytest

from models.marking import mark, window

CASES = {
    "names become roles": (
        ("Russia backs Maduro.", [(0, 6)], [(13, 19)]),
        " [ACTOR]  backs  [TARGET] .",
    ),
    "all mentions of a party": (
        ("Moscow and Putin back him", [(0, 6), (11, 16)], [(22, 25)]),
        " [ACTOR]  and  [ACTOR]  back  [TARGET] ",
    ),
    "a span that cuts a word takes the whole word": (
        ("Americans left", [(0, 7)], []),
        "[TARGET] :  [ACTOR]  left",
    ),
    "Chinese writes no spaces: the word is the name": (
        ("俄罗斯总统支持马杜罗。", [(0, 3)], [(7, 10)]),
        " [ACTOR] 总统支持 [TARGET] 。",
    ),
    "one party named side by side": (
        ("Venezuela’s Maduro met Putin", [(23, 28)], [(0, 9), (12, 18)]),
        " [TARGET]  met  [ACTOR] ",
    ),
    "two parties side by side": (
        ("Russian Maduro fans", [(0, 7)], [(8, 14)]),
        " [ACTOR]   [TARGET]  fans",
    ),
    "an absent party stands in front": (("No names", [], []), "[ACTOR] [TARGET] : No names"),
    "where spans overlap the longer one wins": (
        ("Bank of China lends", [(0, 13)], [(8, 13)]),
        "[TARGET] :  [ACTOR]  lends",
    ),
}


@pytest.mark.parametrize(("given", "marked"), CASES.values(), ids=CASES)
def test_marked_text(given: tuple, marked: str) -> None:
    assert mark(*given) == marked


def test_a_name_does_not_change_what_the_model_reads() -> None:
    assert mark("Russia arms Maduro", [(0, 6)], [(12, 18)]) == mark(
        "Freedonia arms Bob", [(0, 9)], [(15, 18)]
    )


def test_a_window_keeps_the_names_and_whole_words() -> None:
    text = "word " * 300 + "Moscow spoke of Caracas today. " + "word " * 300
    spans = [(text.index("Moscow"), text.index("Moscow") + 6)]
    start, end = window(text, spans, 200)
    assert end - start <= 200
    assert "Moscow spoke of Caracas" in text[start:end]
    assert text[start - 1] == " "
    assert text[end : end + 1] in (" ", "")


def test_a_short_text_is_its_own_window() -> None:
    assert window("short", [(0, 5)], 100) == (0, 5)
