"""The sentences of an article in which an actor may take a stance toward a target."""

import re
from collections import deque
from collections.abc import Iterable, Iterator

from models.entities import Roster
from models.mentions import Mention, matcher
from models.records import Article, Evidence, Span
from models.sentences import split

JOINING = re.compile(
    r"[\s,、]*(and|or|nor|as well as|along with|y|e|ni|o|ou|nem|и|или|ни|和|与|與|及|跟)?"
    r"\s*(the\s)?"
)
"""What may stand between two actors of whom one thing is said."""

NEAR = 4
"""Within how many sentences the actors must have been named to whom "both nations" refers."""


def find_evidence(article: Article, roster: Roster) -> list[Evidence]:
    """Every (sentence, actor, target) of `article` that is worth a judgment, in reading order.

    The sentence names the actor, or refers to the actors last named together ("both
    nations"). It names the target, or says nothing of another one and follows a
    sentence that names it (the title, where it opens a paragraph).
    """
    names = matcher(roster, article.language)
    mentions = names.mentions(article.text, article.published_at.date())
    found: list[Evidence] = []
    title: _Read | None = None
    pairs: deque[tuple[str, ...]] = deque(maxlen=NEAR)
    for paragraph in split(article.text, article.language):
        before = title
        for span in paragraph:
            read = _Read.of(span, mentions, next(filter(None, pairs), ()))
            pairs.appendleft(read.pair)
            found += _evidence(article, read, before)
            before = read
            title = title or read
    return found


class _Read:
    """A sentence with the places of each actor and target in it."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.actors: dict[str, list[Span]] = {}
        self.targets: dict[str, list[Span]] = {}
        self.pair: tuple[str, ...] = ()
        self.refers = False
        self.names_another = False

    @classmethod
    def of(cls, span: Span, mentions: Iterable[Mention], pair: tuple[str, ...]) -> "_Read":
        read = cls(span)
        inside = [m for m in mentions if span[0] <= m.start and m.end <= span[1]]
        references = [m for m in inside if m.entity.kind == "reference"]
        for mention in inside:
            place = (mention.start, mention.end)
            if mention.entity.role == "actor" and mention not in references:
                read.actors.setdefault(mention.entity.stands_for, []).append(place)
            elif mention.entity.role == "target":
                read.targets.setdefault(mention.entity.stands_for, []).append(place)
            elif mention.entity.role == "other":
                read.names_another = True
        read.refers = bool(references and len(read.actors) < 2 and pair)
        if len(read.actors) > 1 or read.refers:
            read.pair = tuple(read.actors) if not read.refers else pair
        # "His allies, Russia and China": where the sentence names them, nobody is referred to.
        for mention in references if read.refers else ():
            for actor in read.pair:
                read.actors.setdefault(actor, []).append((mention.start, mention.end))
        return read


def _evidence(article: Article, read: _Read, before: _Read | None) -> Iterator[Evidence]:
    lender = None
    if not read.targets and before and before.targets and not read.names_another:
        lender = before
    for actor, places in read.actors.items():
        for target in lender.targets if lender else read.targets:
            sentences = [lender, read] if lender else [read]
            context, actor_spans, target_spans = _context(article.text, sentences, actor, target)
            yield Evidence(
                article_id=article.article_id,
                actor=actor,
                target=target,
                start=read.span[0],
                end=read.span[1],
                sentence=article.text[slice(*read.span)],
                language=article.language,
                context=context,
                actor_spans=actor_spans,
                target_spans=target_spans,
                is_joint=read.refers or _is_joined(article.text, read.actors, actor, places),
            )


def _context(
    text: str, sentences: list[_Read], actor: str, target: str
) -> tuple[str, tuple[Span, ...], tuple[Span, ...]]:
    context = ""
    actor_spans: list[Span] = []
    target_spans: list[Span] = []
    for read in sentences:
        shift = len(context) - read.span[0]
        for spans, places in (
            (actor_spans, read.actors.get(actor, ())),
            (target_spans, read.targets.get(target, ())),
        ):
            spans += [(start + shift, end + shift) for start, end in sorted(places)]
        context += text[slice(*read.span)] + " "
    return context.rstrip(), tuple(actor_spans), tuple(target_spans)


def _is_joined(text: str, actors: dict[str, list[Span]], actor: str, places: list[Span]) -> bool:
    others = [p for other, spans in actors.items() if other != actor for p in spans]
    return any(
        JOINING.fullmatch(text[min(mine[1], other[1]) : max(mine[0], other[0])])
        for mine in places
        for other in others
    )
