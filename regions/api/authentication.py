"""Signing in by token: knox's revocable, hashed tokens, read in one statement with the officer's postings."""

from hmac import compare_digest
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import FilteredRelation, OuterRef, Q
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from regions.models import Division, Officer, Secondment
from regions.models.officers import in_force

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
        rows = [row for row in _read(text) if compare_digest(digest, row.digest)]
        if not rows or (rows[0].expiry is not None and rows[0].expiry < timezone.now()):
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        officer: Officer = rows[0].user
        if not officer.is_active:
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        postings = [row.held for row in rows if row.held]
        lent = [Secondment(officer=officer, division_id=s["division"], site_id=s["site"]) for s in rows[0].lent]
        for secondment, read in zip(lent, rows[0].lent, strict=True):
            secondment.below = read["below"]
        officer.remember(timezone.localdate(), postings, lent)
        return officer, rows[0]


def _read(token: str) -> Any:
    """The token's row, once per posting in force today, with the officer and today's secondments."""
    today = timezone.localdate()
    held = Q(user__postings__since__lte=today) & (Q(user__postings__until=None) | Q(user__postings__until__gte=today))
    under = Q(parent=OuterRef("division")) | Q(parent__parent=OuterRef("division"))
    below = ArraySubquery(Division.objects.filter(under).values("pk"))
    lent = Secondment.objects.filter(in_force(today), officer=OuterRef("user_id"))
    return (
        AuthToken.objects.filter(token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH])
        .annotate(
            held=FilteredRelation("user__postings", condition=held),
            lent=ArraySubquery(lent.values(json=JSONObject(division="division_id", site="site_id", below=below))),
        )
        .select_related("user", "held__bureau__division")
        .order_by("held__since", "held__pk")
    )
