"""The forms the component page shows, and the season its numbers come from."""

from django import forms
from django.utils.translation import gettext_lazy as _

#: City code, name, issued, closed, interim closed, kilometres; sums 557, 437, 41.
SEASON = [
    ("140100", "太原", 74, 61, 6, "3120.4"),
    ("140200", "大同", 38, 30, 2, "1854.2"),
    ("140300", "阳泉", 31, 26, 1, "1310.0"),
    ("140400", "长治", 58, 44, 5, "2466.7"),
    ("140500", "晋城", 42, 35, 2, "1702.3"),
    ("140600", "朔州", 23, 19, 1, "1247.9"),
    ("140700", "晋中", 66, 50, 6, "2688.1"),
    ("140800", "运城", 61, 45, 6, "2574.6"),
    ("140900", "忻州", 35, 29, 2, "1688.8"),
    ("141000", "临汾", 68, 51, 6, "2544.0"),
    ("141100", "吕梁", 61, 47, 4, "2203.0"),
]


class SearchForm(forms.Form):
    """The filters of an issue list."""

    q = forms.CharField(label=_("编号、企业或地点"), required=False)
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("全部")), ("rectifying", _("整改中")), ("closed", _("已办结"))]
    )
    division = forms.ChoiceField(
        label=_("市县"), required=False, choices=[("", _("全省")), *[(row[0], row[1]) for row in SEASON]]
    )
    late = forms.ChoiceField(
        label=_("期限"), required=False, choices=[("", _("不限")), ("late", _("已超期")), ("soon", _("三日内到期"))]
    )
    since = forms.DateField(label=_("转办起"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


class FeedbackForm(forms.Form):
    """A feedback as a handler files it."""

    measures = forms.CharField(
        label=_("整改措施"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写明已完成的措施和完成时间，不少于 20 字。"),
    )
    verdict = forms.ChoiceField(
        label=_("是否属实"),
        widget=forms.RadioSelect,
        choices=[("true", _("属实")), ("partly", _("部分属实")), ("false", _("不属实"))],
    )
    finished = forms.DateField(label=_("完成日期"), widget=forms.DateInput(attrs={"type": "date"}))
    photos = forms.FileField(
        label=_("整改后照片"), required=False, help_text=_("JPG 或 PNG，每张不超过 10 MB，最多 9 张。")
    )
    ordered = forms.BooleanField(label=_("已下达责令改正决定书"), required=False)


class ReasonForm(forms.Form):
    """The one field of a returning officer."""

    reason = forms.CharField(
        label=_("退回理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不属本辖区、重复转办或事实不清，写明依据。"),
    )
