"""The fields of campaigns, checklists, visits and their steps. What is right is judged by the actions."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from enforcement.inspections import rules, units
from enforcement.inspections.actions import campaigns, planning
from enforcement.inspections.actions.handing import receivers
from enforcement.inspections.lifecycle import STEPS, CampaignState, ListState
from enforcement.inspections.models import Campaign, ChecklistItem, ChecklistVersion, Mode, Side, Visit
from enforcement.issues.models import Source
from enforcement.timeline import clock
from regions.directory import sites_for
from regions.forms import REQUIRED, choice, day, paragraph
from regions.models import Bureau, Division, Officer, Site

_LIST = re.compile(r"[、,，;；\s]+")


class Words(forms.CharField):
    """A list of short words in one line, parted by 、 or commas."""

    def __init__(self, *, most: int = 20, length: int = 40, **kwargs: Any) -> None:
        super().__init__(max_length=most * (length + 1), **kwargs)
        self.most, self.length = most, length

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        parts = [part for part in _LIST.split(super().clean(value)) if part]
        if len(parts) > self.most or any(len(part) > self.length for part in parts):
            raise forms.ValidationError(
                _t("最多%(n)d个，每个不超过%(length)d字，用顿号隔开。") % {"n": self.most, "length": self.length}
            )
        return list(dict.fromkeys(parts))


# --- checklists -------------------------------------------------------------------------------------------------


class ListForm(forms.Form):
    """What a new checklist begins with."""

    name = forms.CharField(label=_("名称"), max_length=60, error_messages=REQUIRED)
    key = forms.SlugField(
        label=_("代号"),
        max_length=40,
        help_text=_("小写英文、数字和连字符，如 brick-kiln；以后不能改。"),
        error_messages={**REQUIRED, "invalid": _("只能用英文字母、数字、连字符和下划线。")},
    )
    source = forms.CharField(
        label=_("出处"), max_length=300, help_text=_("标准、文件或惯例，检查表上注明。"), error_messages=REQUIRED
    )
    industries = Words(
        label=_("适用行业"), length=20, required=False, help_text=_("行业用词，用顿号隔开；留空适用所有点位。")
    )


class ItemForm(forms.ModelForm):
    """One item of a draft."""

    choices = Words(label=_("选项"), required=False, help_text=_("单选项填写，用顿号隔开。"))
    failing = Words(
        label=_("不合格的答案"),
        required=False,
        help_text=_("是/否项填 yes、no 或 na；单选项填选项原文；数值项留空，看上下限。"),
    )
    asked_if_answers = Words(label=_("前提答案"), required=False, help_text=_("前提项答了这些才问本项。"))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    class Meta:
        model = ChecklistItem
        fields = [
            "section", "code", "text", "kind", "choices", "unit", "low", "high", "failing", "asked_if", "asked_if_answers",
            "evidence", "becomes", "severity", "pollution_type", "law",
        ]  # fmt: skip

    def _post_clean(self) -> None:
        """The instance stays as it is: the action writes it."""

    @property
    def entered(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


# --- campaigns --------------------------------------------------------------------------------------------------


class CampaignForm(forms.Form):
    """What a campaign begins with; `counts` is one quantity a line."""

    name = forms.CharField(label=_("行动名称"), max_length=80, error_messages=REQUIRED)
    legal_basis = forms.CharField(label=_("依据"), max_length=300, error_messages=REQUIRED)
    since = day(_("开始日期"))
    until = day(_("结束日期"))
    industries = Words(label=_("检查对象"), length=20, required=False, help_text=_("行业用词，用顿号隔开。"))
    checklists = forms.ModelMultipleChoiceField(
        label=_("检查表"),
        queryset=ChecklistVersion.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("没有这份检查表。"), "invalid_pk_value": _("没有这份检查表。")},
    )
    counts = paragraph(
        _("统计指标"),
        4000,
        rows=5,
        required=False,
        help_text=_("每行一项：指标；单位；目标（可不填）。例：绿化；亩；19200"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = ChecklistVersion.objects.filter(state=ListState.PUBLISHED).select_related("checklist")
        self.fields["checklists"].queryset = published  # type: ignore[attr-defined]

    def clean_counts(self) -> list[campaigns.Count]:
        counts, faults = [], []
        for number, text in enumerate(self.cleaned_data["counts"].splitlines(), start=1):
            if text.strip():
                try:
                    counts.append(_count(re.split(r"\s*[;；\t]\s*", text.strip())))
                except ValueError as error:
                    faults.append(_t("第%(line)d行：%(sentence)s") % {"line": number, "sentence": error})
        if faults:
            raise forms.ValidationError(faults[:20])
        return counts


def _count(fields: list[str]) -> campaigns.Count:
    if len(fields) < 2 or not 1 <= len(fields[0]) <= 40:
        raise ValueError(_t("请按“指标；单位；目标”填写，指标不超过40字。"))
    if fields[1] not in units.UNITS:
        raise ValueError(
            _t("没有单位“%(unit)s”，可用：%(all)s。") % {"unit": fields[1][:10], "all": "、".join(units.UNITS)}
        )
    if len(fields) < 3 or not fields[2]:
        return campaigns.Count(fields[0], fields[1])
    try:
        target = Decimal(fields[2].replace(",", ""))
    except ArithmeticError:
        raise ValueError(_t("目标“%(value)s”不是数值。") % {"value": fields[2][:20]}) from None
    if not target.is_finite() or not 0 < target < Decimal(10) ** 11:
        raise ValueError(_t("目标应大于0，且不超过一千亿。"))
    return campaigns.Count(fields[0], fields[1], target)


class TallyForm(forms.Form):
    """An amount done."""

    quantity = choice(_("指标"), ())
    division = choice(_("区划"), ())
    amount = forms.DecimalField(
        label=_("完成量"), max_digits=15, decimal_places=4, error_messages={**REQUIRED, "invalid": _("请填写数值。")}
    )
    unit = choice(_("单位"), [(unit, unit) for unit in units.UNITS])
    done_on = day(_("完成日期"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, campaign: Campaign, bureau: Bureau, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.quantities = {str(row.pk): row for row in campaign.quantities.all()}
        under = Division.objects.current().within(bureau.division.code).order_by("code")
        self.divisions = {row.code: row for row in under}
        self.fields["quantity"].choices = [(key, row.name) for key, row in self.quantities.items()]  # type: ignore[attr-defined]
        self.fields["division"].choices = [(code, row.name) for code, row in self.divisions.items()]  # type: ignore[attr-defined]

    @property
    def entered(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        return {**data, "quantity": self.quantities[data["quantity"]], "division": self.divisions[data["division"]]}


class DrawForm(forms.Form):
    """What a draw of a campaign is committed with."""

    wanted = forms.IntegerField(label=_("抽取点位数"), min_value=1, max_value=5000, error_messages=REQUIRED)
    since = day(_("检查日期起"))
    until = day(_("检查日期止"))
    recusals = paragraph(
        _("回避"), 20_000, rows=4, required=False,
        help_text=_("每行一条：账号，空格，点位名称或区划代码。封存后不能再改。"),
    )  # fmt: skip


# --- visits -----------------------------------------------------------------------------------------------------


class PlanForm(forms.Form):
    """A visit to plan. People are chosen among the bureau's own; others of a joint team are added by account."""

    bureau = choice(_("检查单位"), ())
    site = forms.CharField(label=_("点位"), max_length=120, error_messages=REQUIRED)
    list_version = choice(_("检查表"), ())
    campaign = choice(_("专项行动"), (), required=False)
    mode = choice(_("方式"), Mode.choices, help_text=_("四不两直检查在入企以前，只有安排人、审批人和检查组知道。"))
    source = choice(_("性质"), [(value, Source(value).label) for value in planning.SOURCES])
    planned_on = day(_("计划日期"))
    leader = choice(_("组长"), ())
    members = forms.MultipleChoiceField(label=_("组员"), required=False, widget=forms.CheckboxSelectMultiple)
    others = Words(label=_("其他单位组员"), required=False, length=60, help_text=_("账号，用顿号隔开。"))
    approver = choice(_("审批人"), ())
    lot = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.officer = officer
        self.bureaus = {str(home.pk): home for home in planning.homes_of(officer)}
        people = _people(list(self.bureaus.values()))
        self.people = {str(one.pk): one for one in people}
        self.lists = {
            str(row.pk): row
            for row in ChecklistVersion.objects.filter(state=ListState.PUBLISHED).select_related("checklist")
        }
        running = Campaign.objects.visible_to(officer).filter(state=CampaignState.RUNNING, until__gte=clock.today())
        self.campaigns = {str(row.pk): row for row in running}
        names = [(key, _shown(one)) for key, one in self.people.items()]
        offers: dict[str, list[tuple[str, Any]]] = {
            "bureau": [(key, home.short_name) for key, home in self.bureaus.items()],
            "list_version": [(key, str(row)) for key, row in self.lists.items()],
            "campaign": [("", "—"), *((key, row.name) for key, row in self.campaigns.items())],
            "leader": names, "members": names, "approver": names,
        }  # fmt: skip
        for name, offered in offers.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    def clean_site(self) -> Site:
        found = list(sites_for(self.officer).filter(name=self.cleaned_data["site"].strip())[:2])
        if len(found) != 1:
            raise forms.ValidationError(_t("没有找到唯一的点位，请从候选中选择完整名称。"))
        return found[0]

    def clean_others(self) -> list[Officer]:
        names = self.cleaned_data["others"]
        found = {one.username: one for one in Officer.objects.filter(username__in=names, is_active=True)}
        absent = [name for name in names if name not in found]
        if absent:
            raise forms.ValidationError(_t("没有这些账号，或已停用：%(names)s。") % {"names": "、".join(absent)})
        return list(found.values())

    @property
    def entered(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "bureau": self.bureaus[data["bureau"]],
            "site": data["site"],
            "list_version": self.lists[data["list_version"]],
            "campaign": self.campaigns.get(data["campaign"]),
            "mode": data["mode"],
            "source": data["source"],
            "planned_on": data["planned_on"],
            "approver": self.people[data["approver"]],
            "leader": self.people[data["leader"]],
            "members": [*(self.people[key] for key in data["members"]), *data["others"]],
            "lot": data["lot"],
        }


def _people(bureaus: list[Bureau]) -> list[Officer]:
    today = clock.today()
    rows = Officer.objects.filter(
        postings__bureau__in=bureaus, postings__since__lte=today, postings__role__in=sorted(planning.PLANNERS), is_active=True
    ).exclude(postings__until__lt=today)  # fmt: skip
    return list(rows.distinct().order_by("username"))


def _shown(one: Officer) -> str:
    if not one.has_badge(clock.today()):
        return one.name
    return _t("%(name)s（%(badge)s）") % {"name": one.name, "badge": one.badge_no}


class StepForm(forms.Form):
    """The fields of one step of a visit; answers have a page of their own."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, action: str, visit: Visit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = [*STEPS[action].needs, *STEPS[action].accepts]
        makers: dict[str, Any] = {
            "approval_no": lambda: forms.CharField(label=_("审批单号"), max_length=40, error_messages=REQUIRED),
            "notice_no": lambda: forms.CharField(label=_("检查通知书文号"), max_length=40, error_messages=REQUIRED),
            "reason": lambda: paragraph(
                _("理由"), 500, required="reason" in STEPS[action].needs,
                help_text=_("超过年度检查上限的，须写明理由。") if action == "approve" else "",
            ),
            "code": lambda: forms.CharField(label=_("点位二维码内容"), max_length=200, required=False, help_text=_("扫码进入本页时自动填写。")),
            "lon": lambda: forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180),
            "lat": lambda: forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90),
            "device_at": lambda: forms.CharField(required=False, max_length=40, widget=forms.HiddenInput(attrs={"data-device-time": ""})),
            "item": lambda: choice(
                _("针对的检查项"),
                [("", "—"), *((item.code, str(item)[:60]) for item in visit.list_version.items.all())],
                required=False,
            ),
            "text": lambda: paragraph(_("帮扶内容"), 1000, rows=4),
            "side": lambda: choice(_("签字方"), Side.choices),
            "name": lambda: forms.CharField(
                label=_("被检查单位签字人"), max_length=40, required=False, help_text=_("检查人员签字时不填。")
            ),
            "refusal": lambda: forms.CharField(label=_("拒绝签字的说明"), max_length=200, required=False),
            "summary": lambda: paragraph(_("小结"), 2000, rows=5, required=False),
            "bureau": lambda: choice(_("接收单位"), [(str(row.pk), row.name) for row in receivers(visit)]),
            "note": lambda: paragraph(_("说明"), 500, required=False),
        }  # fmt: skip
        for name in self.names:
            if name in makers:
                self.fields[name] = makers[name]()

    @property
    def entered(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}


class AnswerForm(forms.Form):
    """The questions of a list as they stand: what hangs on another answer is asked once that is given.

    Every field brings along what its page showed, so that only what was changed there is kept: two members of a team
    fill in one list from two phones, and neither's blanks wipe out the other's answers.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, items: list[ChecklistItem], answers: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = {code: row.value for code, row in answers.items()}
        given = (
            {**values, **{k[2:]: v for k, v in self.data.items() if k.startswith("a-")}} if self.is_bound else values
        )
        self.asked = rules.asked(items, given)
        for item in self.asked:
            row = answers.get(item.code)
            if item.kind != rules.Kind.PHOTO:
                self.fields[f"a-{item.code}"] = question = _question(item)
                # Saved bit by bit, but owed before anyone signs: not to be called optional.
                question.owed = True  # type: ignore[attr-defined]
                self.initial[f"a-{item.code}"] = row.value if row else ""
            self.fields[f"n-{item.code}"] = forms.CharField(label=_("说明"), max_length=500, required=False)
            self.initial[f"n-{item.code}"] = row.note if row else ""
        for name, field in self.fields.items():
            field.show_hidden_initial = name != "version"

    def _changed(self, prefix: str) -> dict[str, str]:
        names = [name for name in self.changed_data if name.startswith(prefix)]
        return {name.removeprefix(prefix): str(self.cleaned_data[name]) for name in names}

    @property
    def answers(self) -> dict[str, str]:
        return self._changed("a-")

    @property
    def notes(self) -> dict[str, str]:
        return self._changed("n-")

    @property
    def seen(self) -> dict[str, str]:
        """What the page showed of the answers that were changed, by code."""
        shown = {code: self.data.get(self.add_initial_prefix(f"a-{code}")) for code in self.answers}
        return {code: str(value) for code, value in shown.items() if value is not None}

    def show_standing(self, answers: dict[str, Any]) -> None:
        """From now on the form stands on these answers: sent again, it changes them knowingly."""
        standing = {self.add_initial_prefix(f"a-{code}"): row.value for code, row in answers.items()}
        self.data = {**self.data.dict(), **standing}  # type: ignore[attr-defined]


def _question(item: ChecklistItem) -> forms.Field:
    if item.kind in (rules.Kind.YES_NO, rules.Kind.CHOICE):
        choices = list(rules.YES_NO.items()) if item.kind == rules.Kind.YES_NO else [(one, one) for one in item.choices]
        return choice(item.text, choices, required=False, widget=forms.RadioSelect)
    if item.kind == rules.Kind.NUMBER:
        label = _("%(text)s（%(unit)s）") % {"text": item.text, "unit": item.unit}
        return forms.CharField(
            label=label, required=False, max_length=40, widget=forms.TextInput(attrs={"inputmode": "decimal"})
        )
    return forms.CharField(
        label=item.text, required=False, max_length=rules.MAX_WORDS, widget=forms.Textarea(attrs={"rows": 2})
    )
