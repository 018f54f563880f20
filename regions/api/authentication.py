"""Signing in by token: knox's revocable, hashed tokens, read in one statement with the officer's postings."""

from hmac import compare_digest

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed

from regions.models import Officer
from regions.recognition import Way, recognised

LONGEST = 200
BY_TOKEN = Way(
    "knox_authtoken token JOIN regions_officer officer ON officer.id = token.user_id",
    "token.token_key = %(key)s",
    (("token", AuthToken),),
)


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
        # Tokens that begin as this one does; several only if their first characters agree.
        begins = recognised(BY_TOKEN, key=text[: CONSTANTS.TOKEN_KEY_LENGTH])
        rows = [row for row in begins if compare_digest(digest, row.along.digest)]
        if not rows or (rows[0].along.expiry is not None and rows[0].along.expiry < timezone.now()):
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        officer, kept = rows[0]
        if not officer.is_active:
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        kept.user = officer
        return officer, kept
