"""The file of months of online monitoring. What is right in it is judged by the action."""

from django import forms
from django.utils.translation import gettext_lazy as _


class MonthsForm(forms.Form):
    """A file, and where its figures are from if its rows don't say."""

    file = forms.FileField(
        label=_("文件"),
        error_messages={"required": _("请选择要导入的文件。"), "empty": _("文件是空的，请重新导出后上传。")},
    )
    source = forms.CharField(
        label=_("出处"),
        max_length=200,
        required=False,
        help_text=_("表中没有“出处”一列时填写，如：省在线监控平台月报。"),
    )
