"""Signing in and out of the API."""

from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from knox.models import AuthToken
from knox.settings import knox_settings
from rest_framework import status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from regions.api.authentication import TokenAuthentication
from regions.api.serializers import SignInSerializer, TokenSerializer
from regions.api.throttling import AccountThrottle, AddressThrottle
from regions.api.views import Endpoint
from regions.gatekeeper import PUBLIC
from regions.models import Officer


def _throttles() -> tuple[type[BaseThrottle], ...]:
    """Those of every view, the address's and the account's; none where throttling is off."""
    general: tuple[Any, ...] = tuple(api_settings.DEFAULT_THROTTLE_CLASSES)
    return (*general, AddressThrottle, AccountThrottle) if general else ()


class Token(Endpoint):
    """令牌：以账号和密码换取，退出时作废。"""

    # Anyone may sign in; signing out asks for the token it ends.
    policy = PUBLIC
    serializer_class = SignInSerializer
    throttle_classes = _throttles()

    def get_authenticators(self) -> list[BaseAuthentication]:
        # A stale token sent along must not keep anyone from signing in.
        signing_out = self.request is not None and self.request.method == "DELETE"
        return [TokenAuthentication()] if signing_out else []

    def get_authenticate_header(self, request: Request) -> str:
        return "Token"

    @extend_schema(
        summary="登录，取得令牌",
        tags=["auth"],
        request=SignInSerializer,
        responses={200: TokenSerializer},
        auth=[],
        examples=[
            OpenApiExample("登录", value={"username": "inspector-1", "password": "…"}, request_only=True),
            OpenApiExample(
                "令牌",
                value={"token": "0123456789abcdef…", "expires_at": "2021-07-05T20:00:00+08:00"},
                response_only=True,
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        entered = SignInSerializer(data=request.data)
        entered.is_valid(raise_exception=True)
        officer = authenticate(request._request, **entered.validated_data)
        if not isinstance(officer, Officer):
            # The same words for an unknown account, a wrong password and a disabled account.
            raise AuthenticationFailed(_("账号或密码不正确。"))
        self._make_room(officer)
        kept, token = AuthToken.objects.create(user=officer)
        user_logged_in.send(sender=Officer, request=request._request, user=officer)
        return Response({"token": token, "expires_at": timezone.localtime(kept.expiry).isoformat()})

    @extend_schema(summary="退出，令牌作废", tags=["auth"], request=None, responses={204: None})
    def delete(self, request: Request) -> Response:
        if request.auth is None:
            raise NotAuthenticated
        request.auth.delete()
        user_logged_out.send(sender=Officer, request=request._request, user=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _make_room(self, officer: Officer) -> None:
        """Sweeps expired tokens and, at the limit, the oldest: signing in never fails for what was left behind."""
        tokens = AuthToken.objects.filter(user=officer)
        tokens.filter(expiry__lt=timezone.now()).delete()
        limit: int = knox_settings.TOKEN_LIMIT_PER_USER
        newest = tokens.order_by("-created").values("pk")[: limit - 1]
        tokens.exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
