"""Query parameters of the list of saved views."""

import django_filters
from django.utils.translation import gettext_lazy

from enforcement.desk.models import SavedView
from enforcement.desk.saving import KEPT
from regions.api.filters import AskedFor


class SavedViewFilters(AskedFor):
    list = django_filters.ChoiceFilter(choices=[(name, name) for name in sorted(KEPT)], label=gettext_lazy("列表"))

    class Meta:
        model = SavedView
        fields: tuple[str, ...] = ()
