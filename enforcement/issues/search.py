"""Bigrams, pure: two neighbouring characters of a text, folded, so that 2-character Chinese words use an index."""

import unicodedata
from collections.abc import Iterable

MAX_TEXT = 4000


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
