"""The office's own admin site: reference data for the system administrator, accounts for the security administrator.

Business rows aren't here. Nothing is deleted; history is kept by the database (pghistory).
"""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from regions.gatekeeper import allow, declare
from regions.models import Officer
from regions.roles import Role

OFFICE = allow(Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, scope="reference")


class OfficeSite(admin.AdminSite):
    """Django's admin behind the house's gate: every route declares its policy, sign-in is the house's own."""

    site_header = site_title = _("联控基础数据")
    index_title = _("基础数据")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("login")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Following any row by its key to its own page would tell of business rows; no model here has such a page.
        urls = [entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site"]
        _declare_all(urls)
        return urls


def _declare_all(urls: Iterable[Any]) -> None:
    for entry in urls:
        if isinstance(entry, URLResolver):
            _declare_all(entry.url_patterns)
        else:
            entry.callback = declare(entry.callback, OFFICE)


site = OfficeSite(name="admin")


class ReferenceAdmin(admin.ModelAdmin):
    """Reference data: the roles in `keepers` read and edit, the others see nothing. No one deletes."""

    keepers: frozenset[Role] = frozenset({Role.SYSTEM_ADMINISTRATOR})
    list_per_page = 50
    view_on_site = False
    show_full_result_count = False

    def _kept_by(self, request: HttpRequest) -> bool:
        return isinstance(request.user, Officer) and bool(self.keepers & request.user.roles_on())

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._kept_by(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._kept_by(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._kept_by(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._kept_by(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Asks for the keeper first: Django's own would say by its answer whether the row is there."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)


class AccountAdmin(ReferenceAdmin):
    """Accounts, postings and secondments: the security administrator's."""

    keepers = frozenset({Role.SECURITY_ADMINISTRATOR})
