"""Every route declares who may use it and which rows it reaches. A route without a policy answers no one.

A page view is decorated with `@policy(...)`, a DRF view carries `policy = Policy(...)`, a third-party view is wrapped
with `declare`. `tests/test_isolation.py` walks the resolver and fails the build on an undeclared route.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from regions.models import Officer
from regions.roles import BUSINESS, Role


class OfficerRequest(HttpRequest):
    """The request of a page that only the signed-in reach: behind a policy that isn't public, the user is an officer."""

    user: Officer


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may knock (`roles`; empty with `public` for everyone, signed in or not) and what rows are behind the door.

    `scope` is a word for readers and tests: "issues", "findings", "own", "reference", "none" ...
    """

    scope: str
    roles: frozenset[Role] = frozenset()
    public: bool = False

    def admits(self, roles: Iterable[Role]) -> bool:
        return self.public or bool(self.roles & frozenset(roles))


PUBLIC = Policy(scope="none", public=True)
EVERYONE = frozenset(Role)


def allow(*roles: Role, scope: str) -> Policy:
    return Policy(scope=scope, roles=frozenset(roles))


def signed_in(scope: str = "own") -> Policy:
    return Policy(scope=scope, roles=EVERYONE)


def business(scope: str) -> Policy:
    """Everyone but the three administrators; rows are narrowed by `visible_to`."""
    return Policy(scope=scope, roles=BUSINESS)


def policy(rule: Policy) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Declares the policy of a page view."""

    def declare_view(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        view.policy = rule  # type: ignore[attr-defined]
        return view

    return declare_view


def declare(view: Callable[..., Any], rule: Policy) -> Callable[..., Any]:
    """The same for a view that isn't ours: a thin wrapper carrying the policy."""

    @wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    wrapped.policy = rule  # type: ignore[attr-defined]
    return wrapped


def policy_of(view: Any) -> Policy | None:
    """The declared policy of a resolved view function, or None."""
    owner = getattr(view, "cls", None) or getattr(view, "view_class", None)
    found = getattr(view, "policy", None) or getattr(owner, "policy", None)
    return found if isinstance(found, Policy) else None


class UndeclaredRoute(RuntimeError):
    """A route without a policy: a defect of ours, never of the visitor."""


class GatekeeperMiddleware:
    """Holds pages to their policy. DRF views sign in by token, so `DeclaredPolicy` does it for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        rule = policy_of(view)
        if rule is None:
            raise UndeclaredRoute(request.path)
        if rule.public or getattr(view, "cls", None) is not None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not rule.admits(request.user.roles_on()):
            raise PermissionDenied
        return None


class DeclaredPolicy(BasePermission):
    """The same gate for DRF views."""

    def has_permission(self, request: Request, view: Any) -> bool:
        rule = getattr(view, "policy", None)
        if not isinstance(rule, Policy):
            raise UndeclaredRoute(request.path)
        if rule.public:
            return True
        return bool(request.user and request.user.is_authenticated and rule.admits(request.user.roles_on()))
