"""Bigrams: two neighbouring characters of a text, folded, so that 2-character Chinese words use an index.

What an issue says itself is searched by its querysets. Words that stand elsewhere and are not everyone's to read (the
findings that joined it) are searched by who keeps them: upper apps register a condition at start-up.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q

MAX_TEXT = 4000
#: SX-2021-ZH-, before at least four digits.
_BEFORE_DIGITS = re.compile(r"^[a-z]{2}-[0-9]{4}-[a-z]{2}-(?=[0-9]{4})")
#: Words of one search that are looked for apart; what follows is one word more.
MOST_WORDS = 6
#: (words, reader) -> the issues (a condition on them) where the reader may read the words in a text kept elsewhere.
Elsewhere = Callable[[str, Any], Q]
_elsewhere: dict[str, Elsewhere] = {}


def register(name: str, condition: Elsewhere) -> None:
    """Adds a place to look for words under a name. It must look only at what the reader may see."""
    _elsewhere[name] = condition


def held_elsewhere(words: str, reader: Any) -> list[Q]:
    return [condition(words, reader) for condition in _elsewhere.values()] if reader is not None else []


def fold(text: str) -> str:
    """NFKC (full-width digits become plain), lower case, no NUL."""
    return unicodedata.normalize("NFKC", text[:MAX_TEXT]).replace("\x00", "").lower()


def bigrams_of(*texts: str | None) -> list[str]:
    """Sorted distinct bigrams of the texts; white space parts words. A single character gives none."""
    grams: set[str] = set()
    for text in texts:
        for word in fold(text or "").split():
            grams.update(_pairs(word))
    return sorted(grams)


def _pairs(word: str) -> Iterable[str]:
    return (word[i : i + 2] for i in range(len(word) - 1))


def with_more(grams: Iterable[str], *texts: str | None) -> list[str]:
    """The bigrams of texts added to those there are."""
    return sorted({*grams, *bigrams_of(*texts)})


def told_apart(word: str) -> str:
    """A word to look up in the index: of a whole number its own digits. What stands before is in every number, and the
    index would read lists as long as the table. What is found so is looked at again anyway."""
    return _BEFORE_DIGITS.sub("", fold(word))


def words_of(text: str) -> list[str]:
    """The words of a search, each to be found somewhere; none where no two characters stand together."""
    words = text.replace("\x00", "").split(maxsplit=MOST_WORDS)
    return words if bigrams_of(*words) else []
