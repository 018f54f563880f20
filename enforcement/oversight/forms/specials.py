"""The fields of special inspections and their steps. What is right is judged by the actions."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.issues.models import Severity
from enforcement.oversight.actions.inspecting import teammates
from enforcement.oversight.actions.plans import verifiers
from enforcement.oversight.actions.proposing import addressees, homes_of
from enforcement.oversight.lifecycle.specials import STEPS
from enforcement.oversight.models import SpecialInspection
from regions.forms import choice, day, line, paragraph
from regions.models import Officer


class SpecialForm(forms.Form):
    """A special inspection proposed by hand. The inspected are the departments below one's own."""

    bureau = choice(_("督察单位"), ())
    addressee = choice(_("被督察单位"), ())
    name = line(_("名称"), 80)
    scope = paragraph(_("督察内容"), 2000, rows=4)
    basis = line(_("依据"), 200)
    since = day(_("督察日期起"))
    until = day(_("督察日期止"))
    leader = choice(_("组长"), ())
    members = forms.MultipleChoiceField(
        label=_("组员"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("登记问题要有巡查员；督察单位及其执法队的人员可选。"),
    )

    def __init__(self, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        homes = homes_of(officer)
        self.homes = {str(home.pk): home for home in homes}
        self.below = {str(row.pk): row for home in homes for row in addressees(home)}
        self.people = {str(one.pk): one for home in homes for one in teammates(home)}
        names = [(key, one.name) for key, one in self.people.items()]
        for field, rows in (("bureau", self.homes), ("addressee", self.below)):
            self.fields[field].choices = [(key, row.name) for key, row in rows.items()]  # type: ignore[attr-defined]
        for field in ("leader", "members"):
            self.fields[field].choices = names  # type: ignore[attr-defined]

    @property
    def entered(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            **data,
            "bureau": self.homes[data["bureau"]],
            "addressee": self.below[data["addressee"]],
            "leader": self.people[data["leader"]],
            "members": [self.people[key] for key in data["members"]],
        }


class SpecialStepForm(forms.Form):
    """The fields of one step of a special inspection."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, action: str, row: SpecialInspection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [*STEPS[action].needs, *STEPS[action].accepts]
        self.bureaus = {str(one.pk): one for one in verifiers(row)} if action == "track" else {}
        supplying = action == "supply"
        makers: dict[str, Any] = {
            "note": lambda: paragraph(_("提供情况") if supplying else _("说明"), 500, required=supplying),
            "reason": lambda: paragraph(_("理由"), 500),
            "notice_no": lambda: line(_("督察通知文号"), 40),
            "text": lambda: line(_("调阅材料"), 300),
            "due_on": lambda: day(_("期限")),
            "request": lambda: choice(
                _("调阅材料"),
                [(str(one.place), f"{one.place}. {one.text}") for one in row.requests.filter(supplied_at=None)],
            ),
            "title": lambda: line(_("问题"), 120),
            "facts": lambda: paragraph(_("事实"), 2000, rows=5, help_text=_("时间、地点、数据和证据。")),
            "severity": lambda: choice(_("严重程度"), Severity.choices),
            "lon": lambda: line(_("经度"), 20, help_text=_("WGS-84 度数，如 112.5863。")),
            "lat": lambda: line(_("纬度"), 20, help_text=_("WGS-84 度数，如 37.8937。")),
            "address": lambda: line(_("地址"), 200, required=False),
            "report_no": lambda: line(_("反馈意见文号"), 40),
            "report": lambda: paragraph(_("反馈意见"), 8000, rows=10, help_text=_("问题清单会自动附上，不必重抄。")),
            "plan": lambda: paragraph(_("整改方案"), 8000, rows=8),
            "tasks": lambda: paragraph(
                _("整改任务"), 60_000, rows=6,
                help_text=_("每行一项：问题序号；措施；责任单位；期限，如“1；完成管网改造；杏花岭分局；2026-06-30”。"),
            ),
            "opinion": lambda: paragraph(_("审核意见"), 2000),
            "verifier": lambda: choice(_("核查单位"), [(key, one.name) for key, one in self.bureaus.items()]),
        }  # fmt: skip
        for name in self.names:
            self.fields[name] = makers[name]()
        if "tasks" in self.fields:
            self.fields["tasks"].initial = "\n".join(f"{one.place}；" for one in row.problems.all())

    @property
    def entered(self) -> dict[str, Any]:
        given = {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}
        if "verifier" in given:
            given["verifier"] = self.bureaus[given["verifier"]]
        return given
