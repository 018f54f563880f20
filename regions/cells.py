"""Text on its way into a spreadsheet and back: nothing a person typed is ever taken for a formula."""

#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection); full-width ones too.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"
_QUOTED = tuple(f"'{sign}" for sign in DANGEROUS)


def neutral(text: str) -> str:
    """Text as a spreadsheet shall take it: never as a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def plain(text: str) -> str:
    """The text `neutral` was given: what comes back from a file of ours is what went into it."""
    return text[1:] if text.startswith(_QUOTED) else text
