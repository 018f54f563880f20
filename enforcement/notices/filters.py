"""Query parameters of the inbox in the API."""

from typing import Any

import django_filters
from django.utils.translation import gettext_lazy

from enforcement.notices.models import Notice
from regions.api.filters import TruthFilter


class NoticeFilters(django_filters.FilterSet):
    unread = TruthFilter(method="only", label=gettext_lazy("true 只列未读，false 只列已读"))

    class Meta:
        model = Notice
        fields: list[str] = []

    def only(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(read_at__isnull=value)
