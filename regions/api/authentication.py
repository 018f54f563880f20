"""Signing in by token: knox's revocable, hashed tokens, read in one statement with the officer's postings."""

from collections.abc import Sequence
from functools import cache
from hmac import compare_digest
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from regions.models import Bureau, Division, Officer, Posting, Secondment
from regions.statements import planned

LONGEST = 200


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token ...`.

    Knox would look through, and delete, the officer's other tokens on every request; here reading doesn't write: an
    expired token is refused, and swept away at the next sign-in.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[Officer, AuthToken]:
        if len(token) > LONGEST or not token.isalnum():
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        text = token.decode()
        digest = hash_token(text)
        rows = [row for row in _read(text) if compare_digest(digest, row.token.digest)]
        if not rows or (rows[0].token.expiry is not None and rows[0].token.expiry < timezone.now()):
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        kept, officer = rows[0].token, rows[0].officer
        if not officer.is_active:
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        kept.user = officer
        officer.remember(timezone.localdate(), [r.posting for r in rows if r.posting], _lent(officer, rows[0].lent))
        return officer, kept


class _Row(NamedTuple):
    """The token and its officer, once per posting in force."""

    token: AuthToken
    officer: Officer
    posting: Posting | None
    lent: list[dict[str, Any]]


#: What is read of whom, in the order of the columns. Every request begins here: the statement is written once, by
#: hand, because building it anew took longer than the rest of signing in.
_MODELS: tuple[tuple[str, type[Model]], ...] = (
    ("token", AuthToken),
    ("officer", Officer),
    ("posting", Posting),
    ("bureau", Bureau),
    ("division", Division),
)
_SQL = """
SELECT {columns}, (
    SELECT json_agg(json_build_object('division', s.division_id, 'site', s.site_id, 'below', ARRAY(
        SELECT d.id FROM regions_division d LEFT JOIN regions_division p ON p.id = d.parent_id
        WHERE d.parent_id = s.division_id OR p.parent_id = s.division_id
    ))) FROM regions_secondment s WHERE s.officer_id = officer.id AND s.since <= %(today)s AND s.until >= %(today)s
)
FROM knox_authtoken token
JOIN regions_officer officer ON officer.id = token.user_id
LEFT JOIN regions_posting posting ON posting.officer_id = officer.id AND posting.since <= %(today)s
    AND (posting.until IS NULL OR posting.until >= %(today)s)
LEFT JOIN regions_bureau bureau ON bureau.id = posting.bureau_id
LEFT JOIN regions_division division ON division.id = bureau.division_id
WHERE token.token_key = %(key)s ORDER BY posting.since, posting.id
"""


@cache
def _statement() -> tuple[str, list[list[str]]]:
    """The statement, and the names of the fields read of each model."""
    columns = [f'{alias}."{field.column}"' for alias, model in _MODELS for field in model._meta.concrete_fields]
    fields = [[field.attname for field in model._meta.concrete_fields] for _alias, model in _MODELS]
    return _SQL.format(columns=", ".join(columns)), fields


def _read(token: str) -> list[_Row]:
    """The rows of tokens that begin as this one does; several officers' only if their first characters agree."""
    sql, fields = _statement()
    with planned() as cursor:
        cursor.execute(sql, {"key": token[: CONSTANTS.TOKEN_KEY_LENGTH], "today": timezone.localdate()})
        return [_row(values, fields) for values in cursor.fetchall()]


def _row(values: Sequence[Any], fields: list[list[str]]) -> _Row:
    found: dict[str, Any] = {}
    start = 0
    for (alias, model), names in zip(_MODELS, fields, strict=True):
        part = values[start : start + len(names)]
        start += len(names)
        found[alias] = model.from_db("default", names, part) if part[0] is not None else None
    posting = found["posting"]
    if posting is not None:
        found["bureau"].division = found["division"]
        posting.bureau, posting.officer = found["bureau"], found["officer"]
    return _Row(found["token"], found["officer"], posting, values[start] or [])


def _lent(officer: Officer, rows: list[dict[str, Any]]) -> list[Secondment]:
    lent = [Secondment(officer=officer, division_id=row["division"], site_id=row["site"]) for row in rows]
    for secondment, row in zip(lent, rows, strict=True):
        secondment.below = row["below"]
    return lent
