"""What is wrong with a ledger, as sentences that name the place and say what to do."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from regions.errors import Invalid

#: Longest piece of a cell that is quoted back.
QUOTED = 40


class LedgerRefused(Invalid):
    """The file can't be read as a ledger at all. The message is a sentence for the user."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


class MappingNeeded(LedgerRefused):
    """The heading is there, but which columns hold what is needed has to be said. `fingerprint` and `titles` name it."""

    def __init__(self, sentence: str, fingerprint: str, titles: tuple[str, ...], mapping: dict[str, int]) -> None:
        super().__init__(sentence)
        self.fingerprint, self.titles, self.mapping = fingerprint, titles, mapping


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one cell (`field` its column's word, "" for the whole row)."""

    sheet: str
    row: int
    field: str
    words: str

    @property
    def sentence(self) -> str:
        where = _("工作表“%(sheet)s”第%(row)d行") if self.sheet else _("第%(row)d行")
        told = where % {"sheet": self.sheet, "row": self.row}
        if self.field:
            told = _("%(where)s“%(field)s”") % {"where": told, "field": self.field}
        return _("%(where)s：%(fault)s") % {"where": told, "fault": self.words}


def quoted(value: object) -> str:
    """A cell fit to be shown back: cut, one line, nothing that can't be shown."""
    text = "".join(char if char.isprintable() else "?" for char in str(value))
    return text if len(text) <= QUOTED else text[:QUOTED] + "…"
