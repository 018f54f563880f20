"""Signing in by token: knox's revocable, hashed tokens, read in one statement and without writing."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

LONGEST = 200


class TokenAuthentication(KnoxAuthentication):
    """`Authorization: Token ...`. Knox would look through, and delete, the officer's other tokens on every request."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        if len(token) > LONGEST or not token.isalnum():
            raise AuthenticationFailed(_("令牌无效，请重新登录。"))
        return super().authenticate_credentials(token)  # type: ignore[no-any-return]

    def _cleanup_token(self, auth_token: AuthToken) -> bool:
        """Whether the token has expired. Reading doesn't write: the next sign-in sweeps it away."""
        return auth_token.expiry is not None and auth_token.expiry < timezone.now()
