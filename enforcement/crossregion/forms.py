"""The fields of a new round and of each step. What is right is judged by the action."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, cast
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from enforcement.crossregion import actions
from enforcement.crossregion.drawing.register import LOOSENABLE
from enforcement.crossregion.lifecycle import STEPS
from enforcement.crossregion.models import Round, Target, TeamMember
from enforcement.crossregion.wording import RULES
from enforcement.inspections.models import Campaign
from enforcement.issues.models import Severity
from regions.forms import day
from regions.models import Division, Level, Officer


def _campaigns(rows: Iterable[Campaign]) -> forms.ChoiceField:
    """One of these campaigns, or none; cleaned to its key."""
    return forms.TypedChoiceField(
        label=_("所属行动"),
        choices=[("", "—"), *((str(row.pk), row.name) for row in rows)],
        coerce=UUID,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("没有这个专项行动，或者它已结束，请重新选择。")},
    )


def _campaign_name() -> forms.CharField:
    return forms.CharField(
        label=_("所属行动名称"),
        max_length=80,
        required=False,
        help_text=_("上面没有的行动，在此填写名称；选了就不填。"),
    )


class RoundForm(forms.Form):
    """What a round begins with."""

    name = forms.CharField(label=_("轮次名称"), max_length=80, error_messages={"required": _("请填写轮次名称。")})
    campaign = _campaign_name()
    since = day(_("开始日期"))
    until = day(_("结束日期"))
    field_order = ("name", "campaign_id")

    def __init__(self, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["campaign_id"] = _campaigns(actions.open_campaigns(officer))
        self.order_fields(self.field_order)


def _lines(help_text: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("内容"),
        required=required,
        max_length=60_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        error_messages={"required": _("请填写内容。")},
    )


_TEXTS = {
    "set_counties": lambda: _lines(_("每行一个县区：六位区划代码、空气质量名次，1为最差。例：140105 1")),
    "set_teams": lambda: _lines(
        _(
            "每行一支队伍：队名；派出市代码；组长账号；队员账号，专长写在冒号后，用+相连；设备。后可加可用起止日期。"
            "专长和设备用登记的名称，如：臭氧、砖瓦窑、在线监测；红外热像仪、FID检测仪、无人机。"
        )
    ),
    "set_pool": lambda: _lines(
        _("每行一种：设备；数量。由抽取借给需要的队伍，全程使用。例：红外热像仪；2。留空即没有机动设备。"),
        required=False,
    ),
    "set_recusals": lambda: _lines(_("每行一条：账号；区划代码或点位名称；事由。留空即全部取消。"), required=False),
    "set_wishes": lambda: _lines(_("每行一条：队名；区划代码；权重（-100至100）。留空即全部取消。"), required=False),
}


def _number(label: Any, high: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=high,
        help_text=_("留空即按抽取规则。"),
        error_messages={"invalid": _("请填写整数。")},
    )


#: Of the new leader: whoever joins by the same step. No account is called so.
NEWCOMER = "+"


class StepForm(forms.Form):
    """The fields of one step of a round."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)

    def __init__(self, officer: Officer, action: str, round_: Round, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.round = round_
        self.names = [*STEPS[action].needs, *STEPS[action].accepts]
        if round_.is_secret and "waived" in self.names:
            self.names.remove("waived")
        people = _people(round_) if "leaves" in self.names else []
        makers: dict[str, Any] = {
            "text": _TEXTS.get(action),
            "max_km": lambda: _number(_("路程上限（公里）"), 3000),
            "spread": lambda: _number(_("县区队数最多相差"), 10),
            "per_city": lambda: _number(_("同一市在一县最多队数"), 50),
            "off": lambda: _rules(_("停用的规则")),
            "team": lambda: _choice(_("队伍"), round_),
            "other": lambda: _choice(_("对调的队伍"), round_),
            "county": lambda: forms.ChoiceField(label=_("受检县区"), choices=_counties(round_)),
            "waived": lambda: _rules(
                _("公布后放宽的规则"), _("只在调整后不合这些规则、又确有必要时勾选，理由须写明。")
            ),
            "leaves": lambda: forms.ChoiceField(label=_("离队的队员"), choices=people),
            "joins": lambda: forms.ChoiceField(
                label=_("补充的队员"),
                choices=[("", _("只是离队，不补充")), *_spare(round_)],
                required=False,
                help_text=_("应在离队队员的派出市任职，且没有参加过本轮的队伍。"),
            ),
            "skills": lambda: forms.CharField(
                label=_("补充队员的专长"), max_length=200, required=False, help_text=_("用顿号隔开，如：臭氧、砖瓦窑。")
            ),
            "leader": lambda: forms.ChoiceField(
                label=_("新组长"),
                choices=[("", _("组长不变")), (NEWCOMER, _("补充的队员")), *people],
                required=False,
                help_text=_("组长离队时必选，从同队的队员中选，须持有效执法证。"),
            ),
            "officer": lambda: forms.CharField(label=_("账号"), max_length=60),
            "reason": lambda: forms.CharField(
                label=_("理由"),
                max_length=500,
                required="reason" in STEPS[action].needs or round_.drawn_at is not None,
                widget=forms.Textarea(attrs={"rows": 3}),
                error_messages={"required": _("请填写理由。")},
            ),
        }
        if "campaign_id" in self.names:
            self._campaign(officer)
        for name in self.names:
            if makers.get(name):
                self.fields[name] = makers[name]()

    def _campaign(self, officer: Officer) -> None:
        """The campaign as it stands comes first: by its key for who may see it, by its name for everyone else."""
        shown = actions.campaign_shown(self.round, officer)
        open_ = [row for row in actions.open_campaigns(officer) if row != shown]
        self.fields["campaign_id"] = _campaigns([shown, *open_] if shown else open_)
        self.fields["campaign"] = _campaign_name()
        self.initial.update(campaign_id=shown.pk if shown else None, campaign="" if shown else self.round.campaign)

    @property
    def entered(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[name] for name in self.names if self.cleaned_data.get(name) not in (None, "")}
        if "campaign_id" in found and found.get("campaign") == self.round.campaign:
            del found["campaign"]  # left as it was beside what was chosen instead
        if found.get("leader") == NEWCOMER:
            found["leader"] = found.get("joins", "")
        return found


def _rules(label: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        required=False,
        choices=[(rule, RULES[rule]) for rule in LOOSENABLE],
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


def _people(round_: Round) -> list[tuple[str, str]]:
    """Who is with a team now."""
    rows = TeamMember.objects.filter(team__round=round_, left_on=None).select_related("team", "officer")
    rows = rows.order_by("team__city__code", "team__name", "officer__username")
    return [(row.officer.username, f"{row.team.name} · {row.officer.name} {row.officer.username}") for row in rows]


def _spare(round_: Round) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who may join, city by city, each with their bureau and whether their badge lasts."""
    cities: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for row in actions.eligible(round_):
        place = row.bureau.division
        city = place.parent if place.level == Level.COUNTY and place.parent else place
        badge = _("执法证全程有效") if row.officer.has_badge(round_.until) else _("没有全程有效的执法证")
        label = f"{row.officer.name} {row.officer.username} · {row.bureau.short_name} · {badge}"
        cities.setdefault((city.code, city.name), []).append((row.officer.username, label))
    return [(name, people) for (_code, name), people in sorted(cities.items())]


def _choice(label: Any, round_: Round) -> forms.ChoiceField:
    """A team, with where it goes as far as that is settled: whoever moves one has to know from where."""
    teams = round_.teams.select_related("assignment__division__parent")
    placed = {one.name: f" · {_place(one.assignment.division)}" for one in teams if hasattr(one, "assignment")}
    names = [(one.name, one.name + placed.get(one.name, "")) for one in teams]
    return forms.ChoiceField(label=label, choices=names)


def _counties(round_: Round) -> list[tuple[str, str]]:
    """The counties of the round with their city, the worst air first; chosen by code."""
    return [(row.division.code, _place(row.division)) for row in round_.counties.select_related("division__parent")]


def _place(county: Division) -> str:
    return f"{county.parent} {county}"


def _text(label: Any, most: int, rows: int, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": _("请填写工作情况。")},
    )


class ReportForm(forms.Form):
    """A team's day in its own words; the figures are counted when it is filed."""

    day = forms.ChoiceField(label=_("日期"))
    work = _text(
        _("工作情况"), 2000, 6, required=True, help_text=_("去了哪里、查了什么、发现什么。数字由系统统计，不必填写。")
    )
    troubles = _text(_("需要协调的困难"), 1000, 3)
    plan = _text(_("次日安排"), 1000, 3)

    def __init__(self, days: list[date], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["day"]).choices = [(f"{day}", f"{day}") for day in reversed(days)]


class ClueForm(forms.Form):
    """What a team found: on one of its targets, or at a place of its county."""

    site = forms.CharField(
        label=_("点位"),
        required=False,
        max_length=20,
        widget=forms.Select,
        help_text=_("本队抽到的点位；不在其中的，选“其他位置”并填经纬度。"),
    )
    lon = forms.FloatField(
        label=_("经度"), required=False, min_value=-180, max_value=180, help_text=_("WGS-84，十进制度。")
    )
    lat = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    address = forms.CharField(label=_("地址"), required=False, max_length=200)
    title = forms.CharField(label=_("标题"), max_length=120, error_messages={"required": _("请填写标题。")})
    description = _text(_("情况"), 4000, 5)
    pollution_type = forms.CharField(label=_("污染类型"), required=False, max_length=30)
    severity = forms.ChoiceField(label=_("严重程度"), choices=Severity.choices, initial=Severity.GENERAL)

    def __init__(self, targets: Callable[[], Iterable[Target]], *args: Any, **kwargs: Any) -> None:
        """`targets` are asked for when the form is shown; whether a site is among them the action says."""
        super().__init__(*args, **kwargs)

        def choices() -> list[tuple[str, Any]]:
            return [("", _("其他位置")), *((str(row.site_id), row.site.name) for row in targets())]

        cast(Any, self.fields["site"].widget).choices = choices

    @property
    def entered(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}
