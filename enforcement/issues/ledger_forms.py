"""What is entered about a ledger: the file, and what its columns mean."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.issues.ledger.headings import FIELDS, NEEDED
from enforcement.issues.models import Source
from regions.models import Bureau


class LedgerUploadForm(forms.Form):
    """A ledger and whose it is."""

    file = forms.FileField(
        label=_("台账文件"),
        allow_empty_file=True,
        help_text=_("XLSX 或 CSV。可有标题行、合并单元格和两行表头；日期可写作 2021-08-04、2021.8.4 或 2021年8月4日。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
    )
    bureau = forms.ModelChoiceField(Bureau.objects.none(), label=_("转办单位"), empty_label=None)
    source = forms.ChoiceField(
        label=_("没有写明来源的，按"), choices=Source.choices, initial=Source.SPECIAL_CHECK.value
    )

    def __init__(self, *args: Any, bureaus: Sequence[Bureau], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["bureau"]
        chosen.queryset = Bureau.objects.filter(pk__in=[bureau.pk for bureau in bureaus])
        if bureaus:
            chosen.initial = bureaus[0].pk


class LayoutForm(forms.Form):
    """One select for each field: the column that holds it, by the column's title."""

    fingerprint = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, titles: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.titles = titles
        columns = [("", _("（没有这一列）")), *((str(n), title or f"#{n + 1}") for n, title in enumerate(titles))]
        for field in FIELDS:
            label: Any = field.label
            self.fields[field.key] = forms.ChoiceField(
                label=label, required=field.key in NEEDED, choices=columns,
                error_messages={"required": _("请选择这一列。"), "invalid_choice": _("没有这一列，请重新选择。")},
            )  # fmt: skip

    @property
    def mapping(self) -> dict[str, int]:
        """Field -> column, of those chosen."""
        chosen = {field.key: self.cleaned_data.get(field.key) for field in FIELDS}
        return {key: int(column) for key, column in chosen.items() if column}
