"""The fields of interviews and their steps. What is right is judged by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.oversight.actions.proposing import addressees, homes_of
from enforcement.oversight.lifecycle import STEPS, Cause
from enforcement.oversight.models import Interview
from regions.forms import choice, line, paragraph
from regions.models import Officer


class ProposalForm(forms.Form):
    """An interview proposed by hand. The interviewed are the departments below one's own."""

    bureau = choice(_("约谈单位"), ())
    addressee = choice(_("被约谈单位"), ())
    cause = choice(_("情形"), Cause.choices)
    reason = paragraph(_("事由"), 1000, rows=4, help_text=_("写明事实和数字；空气质量恶化的，写明数据来源和时段。"))

    def __init__(self, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.homes = {str(home.pk): home for home in homes_of(officer)}
        self.below = {str(row.pk): row for home in self.homes.values() for row in addressees(home)}
        for name, rows in (("bureau", self.homes), ("addressee", self.below)):
            self.fields[name].choices = [(key, row.name) for key, row in rows.items()]  # type: ignore[attr-defined]

    @property
    def entered(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {**data, "bureau": self.homes[data["bureau"]], "addressee": self.below[data["addressee"]]}


class StepForm(forms.Form):
    """The fields of one step of an interview."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, action: str, row: Interview, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [*STEPS[action].needs, *STEPS[action].accepts]
        fulfilling = action == "fulfil"
        makers: dict[str, Any] = {
            "note": lambda: paragraph(_("完成情况") if fulfilling else _("说明"), 500, required=fulfilling),
            "reason": lambda: paragraph(_("理由"), 500),
            "notice_no": lambda: line(_("通知文号"), 40),
            "meets_at": lambda: line(_("约谈时间"), 20, widget=forms.TextInput(attrs={"type": "datetime-local"})),
            "place": lambda: line(_("地点"), 100),
            "agenda": lambda: paragraph(_("议程"), 2000, rows=5),
            "attendees": lambda: line(_("参加人员"), 300, help_text=_("职务或姓名，用顿号隔开。")),
            "present": lambda: line(_("实到人员"), 300),
            "minutes": lambda: paragraph(_("约谈纪要"), 8000, rows=10),
            "commitments": lambda: paragraph(
                _("承诺"), 12_000, rows=5, help_text=_("每行一条：承诺；期限，如“完成管网改造；2026-06-30”。")
            ),
            "commitment": lambda: choice(
                _("承诺"), [(str(one.place), one.text) for one in row.commitments.filter(done_at=None)]
            ),
            "report": lambda: paragraph(_("书面报告"), 8000, rows=10, help_text=_("全文或要点；盖章件作为材料上传。")),
            "opinion": lambda: paragraph(_("核验意见"), 2000),
        }
        for name in self.names:
            self.fields[name] = makers[name]()

    @property
    def entered(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}
