"""Papers a worker sets as documents (a report of a run, say). Each app registers its own at start-up, as lists are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise

from enforcement.papers import Paper
from enforcement.papers.docx import as_docx
from enforcement.papers.pdf import as_pdf
from regions.models import Officer

#: The formats of a paper.
SETTERS: dict[str, Callable[[Paper], bytes]] = {"pdf": as_pdf, "docx": as_docx}
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

#: Told how many steps of a paper are done; raises when nobody wants it any more.
Tell = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class PaperKind:
    """One kind of paper. `words` says in pairs of label and value what is asked (raises Invalid for what can't be).

    `paper` puts it together from what the officer may see, in `steps` steps it tells of.
    """

    name: str
    title: str | Promise
    steps: int
    words: Callable[[Officer, Mapping[str, str]], list[tuple[str, str]]]
    paper: Callable[[Officer, Mapping[str, str], Tell], Paper]


_kinds: dict[str, PaperKind] = {}


def register(kind: PaperKind) -> None:
    """Adds a kind of paper (once; AppConfig.ready may run twice)."""
    _kinds[kind.name] = kind


def paper_kind_of(name: str) -> PaperKind | None:
    return _kinds.get(name)


def names() -> list[str]:
    return sorted(_kinds)
