"""What people enter above the list of issues, and files; `action_forms` has the fields of each action."""

import unicodedata
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.issues import figures, lifecycle, turns
from enforcement.issues.inner_due import inner_due
from enforcement.issues.lifecycle import Rung, State
from enforcement.issues.models import Escalation, Issue, LookBack, Severity, Source
from enforcement.issues.models.issue import NEWEST
from enforcement.issues.stages import OPEN_STAGES, Stage
from enforcement.timeline import clock
from regions.choices import Choices, choices_for
from regions.models import AreaMembership, Division, Officer
from regions.models.places import Level, prefix_range
from regions.workdays import Calendar, add_workdays

ALL = ("", _("全部"))
OPEN_STATES = "open"
#: What is asked of a clock that runs.
CLOCKS_OF_OPEN = frozenset({"overdue", "today", "soon", "stage", "inner", "provisional"})
SOON_DAYS = 3
DONE_STATES = sorted(lifecycle.DONE)
#: Fields that bound a period.
PERIODS = tuple((f"{name}_from", f"{name}_to") for name in ("issued", "due", "first", "closed", "inner"))
#: What a period without a beginning is taken for.
FAR = timedelta(days=1000)
#: What gathering a row costs, in rows passed by on the way through an index.
GATHERED = 4
#: A day written in an address or a form.
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


class DayField(forms.DateField):
    """A date as 2021-08-04, full-width digits forgiven."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    default_error_messages = {"invalid": _("日期应写作 2021-08-04，且为实际存在的日期。")}

    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
        day = super().to_python(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("日期超出可查范围，请核对年份。"))
        return day


class BoxField(forms.CharField):
    """A piece of the map as "west,south,east,north" in degrees, WGS-84."""

    widget = forms.HiddenInput
    default_error_messages = {"box": _("地图范围应为“西,南,东,北”四个经纬度，西小于东、南小于北。")}

    def clean(self, value: Any) -> tuple[float, float, float, float] | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["box"]) from error
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise forms.ValidationError(self.error_messages["box"])
        return west, south, east, north


class IssueFilter(forms.Form):
    """The words above the list. Everything stands in the address; a wrong word is a sentence and filters nothing."""

    q = forms.CharField(
        label=_("编号、标题、地点、企业或经办人"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"placeholder": _("编号、标题、地点、企业或经办人")}),
    )
    turn = forms.ChoiceField(label=_("办理"), required=False, choices=[ALL, ("mine", _("等我办理"))])
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[ALL, (OPEN_STATES, _("在办（含阶段性办结）")), *State.choices]
    )
    stage = forms.ChoiceField(label=_("环节"), required=False, choices=[ALL, *Stage.choices])
    clock = forms.ChoiceField(
        label=_("期限"),
        required=False,
        choices=[
            ("", _("不限")),
            ("overdue", _("已超期")),
            ("today", _("今天到期")),
            ("soon", _("3个工作日内到期")),
            ("stage", _("本环节超期")),
            ("inner", _("内部期限已过")),
            ("ever", _("曾超期")),
            ("extended", _("延过期")),
            ("paused", _("暂停计时")),
            ("provisional", _("期限暂定")),
        ],
    )
    pressed = forms.ChoiceField(
        label=_("督办"),
        required=False,
        choices=[
            ("", _("不限")),
            ("listed", _("挂牌督办")),
            *Rung.choices,
            ("any", _("督办过")),
            ("unanswered", _("督办待回复")),
            ("look_back", _("待回头看")),
        ],
    )
    division = forms.ChoiceField(label=_("市县"), required=False)
    area = forms.ChoiceField(label=_("联防联控区域"), required=False)
    bureau = forms.ChoiceField(label=_("承办单位"), required=False)
    source = forms.ChoiceField(label=_("来源"), required=False, choices=[ALL, *Source.choices])
    severity = forms.ChoiceField(label=_("严重程度"), required=False, choices=[ALL, *Severity.choices])
    pollution = forms.CharField(label=_("污染类型"), required=False, max_length=30)
    mark = forms.ChoiceField(
        label=_("特征"),
        required=False,
        choices=[
            ("", _("不限")),
            ("starred", _("加星件")),
            ("shared", _("多单位分担")),
            ("imported", _("历史导入")),
            ("synthetic", _("演示数据")),
        ],
    )
    sort = forms.ChoiceField(
        label=_("排序"), required=False, choices=[("", _("最新转办在前")), ("due", _("期限最近在前（在办）"))]
    )
    issued_from = DayField(label=_("转办起"), required=False)
    issued_to = DayField(label=_("转办止"), required=False)
    due_from = DayField(label=_("期限起"), required=False)
    due_to = DayField(label=_("期限止"), required=False)
    first_from = DayField(label=_("首次期限起"), required=False)
    first_to = DayField(label=_("首次期限止"), required=False)
    inner_from = DayField(label=_("内部期限起"), required=False)
    inner_to = DayField(label=_("内部期限止"), required=False)
    closed_from = DayField(label=_("办结起"), required=False)
    closed_to = DayField(label=_("办结止"), required=False)
    box = BoxField(label=_("地图范围"), required=False, max_length=80)

    #: What stands behind "more", unless it is in use.
    MORE = (
        "area", "pressed", "severity", "pollution", "mark",
        "issued_from", "issued_to", "due_from", "due_to", "first_from", "first_to", "inner_from", "inner_to",
        "closed_from", "closed_to",
    )  # fmt: skip

    def __init__(self, data: Any, *, officer: Officer) -> None:
        super().__init__(data)
        self.officer = officer
        self.choices = choices_for(officer)
        self.calendar = self.choices.calendar
        self._offer("division", _division_choices(self.choices))
        self._offer("area", [(area.code, area.name) for area in self.choices.areas])
        self._offer("bureau", [(str(bureau.pk), bureau.name) for bureau in self.choices.bureaus])
        if not turns.holds_turns(officer):
            del self.fields["turn"]
        # The link behind a figure stays in the address while one goes on filtering.
        for name in figures.PARAMETERS:
            if self.data.get(name):
                self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput, max_length=60)

    def _offer(self, name: str, choices: list[Any]) -> None:
        """A filter with nothing to choose from isn't shown."""
        if len(choices) < 2 and not (choices and isinstance(choices[0][1], list)):
            del self.fields[name]
            return
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [ALL, *choices]

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"]).strip()

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        for first, last in PERIODS:
            if entered.get(first) and entered.get(last) and entered[first] > entered[last]:
                self.add_error(last, gettext("止日不能早于起日（%(day)s）。") % {"day": entered[first].isoformat()})
        return entered

    @property
    def more_in_use(self) -> bool:
        """Whether something behind "more" was asked for, right or wrong: then it stands open."""
        return any(self.data.get(name) for name in self.MORE)

    @property
    def in_use(self) -> dict[str, Any]:
        """The filters that are right; the others are told and left out."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}

    @property
    def asks_for_open(self) -> bool:
        """Whether what is asked for can only be open issues."""
        chosen = self.in_use
        state, by_due_date = chosen.get("state"), chosen.get("sort") == "due"
        return bool(
            state == OPEN_STATES
            or self.in_open_states
            or chosen.get("clock") in CLOCKS_OF_OPEN
            or chosen.get("turn")
            or chosen.get("pressed") == "unanswered"
            or chosen.get("inner_from")
            or chosen.get("inner_to")
            or (by_due_date and state not in State.values)
        )

    @property
    def asks_for_done(self) -> bool:
        """Whether what is asked for can only be issues that are open no more."""
        return self.in_use.get("state") in set(State.values) - lifecycle.OPEN

    @property
    def in_open_states(self) -> bool:
        """Whether a state or stage is asked for that is an open one."""
        chosen = self.in_use
        return chosen.get("state") in lifecycle.OPEN or chosen.get("stage") in OPEN_STAGES

    def narrow(self, issues: QuerySet[Issue], *, open_already: bool = False) -> QuerySet[Issue]:
        """Under what is asked for. `open_already`: who asks says of the issues by themselves that they are open.

        It is said once: a condition repeated makes the planner expect next to nothing, and choose badly.
        """
        for name, value in self.in_use.items():
            if name in NARROW:
                issues = NARROW[name](issues, value, self)
        if self.asks_for_open and not (open_already or self.in_open_states):
            issues = issues.open()  # type: ignore[attr-defined]
        return issues

    @property
    def lies_back(self) -> bool:
        """Whether a period is asked for with far more behind it, up to today, than in it.

        The index of newest first would be walked through all of that: the planner knows how many issues a period has,
        not that they lie together.
        """
        chosen, today = self.in_use, clock.today()
        if self.asks_for_open or chosen.get("sort") == "due":
            return False
        for first, last in PERIODS[1:]:
            if (to := chosen.get(last)) is not None:
                since = chosen.get(first) or to - FAR
                if today - to > GATHERED * (to - since):
                    return True
        return False

    @property
    def order(self) -> list[str]:
        return ["due_on", "id"] if self.in_use.get("sort") == "due" else list(NEWEST)


def soon_until(today: date, calendar: Calendar) -> date:
    """The last day that counts as due soon."""
    return add_workdays(today, SOON_DAYS, calendar).day


def _division_choices(offered: Choices) -> list[tuple[str, Any]]:
    """Cities with their counties, in groups."""
    cities = [d for d in offered.divisions if d.level == Level.CITY]
    if not cities:
        return [(d.code, d.name) for d in offered.divisions if d.code]
    groups: list[tuple[str, Any]] = []
    for city in cities:
        inside = [(d.code, d.name) for d in offered.divisions if d.parent == city.pk and d.code]
        groups.append((city.name, [(city.code, gettext("%(city)s（全市）") % {"city": city.name}), *inside]))
    return groups


def _in_division(issues: QuerySet[Issue], code: str, form: IssueFilter) -> QuerySet[Issue]:
    low, high = prefix_range(code)
    return issues.filter(division__code__gte=low, division__code__lt=high)


def _in_area(issues: QuerySet[Issue], key: str, form: IssueFilter) -> QuerySet[Issue]:
    """A city brings its counties."""
    members = AreaMembership.objects.on(clock.today()).filter(area__key=key).values("division")
    inside = Division.objects.filter(pk__in=members) | Division.objects.filter(parent__in=members)
    return issues.filter(division__in=inside.values("pk"))


def _with_bureau(issues: Any, pk: str, form: IssueFilter) -> Any:
    return issues.answered_by(int(pk))


def _in_state(issues: Any, state: str, form: IssueFilter) -> Any:
    return issues if state == OPEN_STATES else issues.filter(state=state)


def _by_clock(issues: Any, word: str, form: IssueFilter) -> Any:
    """What is open besides is said in `IssueFilter.narrow`."""
    today = clock.today()
    if word == "overdue":
        return issues.filter(due_on__lt=today)
    if word == "extended":
        return issues.extended()
    if word == "paused":
        return issues.paused()
    if word == "today":
        return issues.filter(due_on=today)
    if word == "stage":
        return issues.with_stage_late(on=today)
    if word == "inner":
        return inner_due(issues, last=today - timedelta(days=1))
    if word == "ever":
        return issues.filter(figures.ever_late(today))
    if word == "provisional":
        return issues.filter(provisional=True)
    assert form.calendar is not None
    return issues.filter(due_on__gte=today, due_on__lte=soon_until(today, form.calendar))


def _pressed(issues: Any, word: str, form: IssueFilter) -> Any:
    if word == "listed":
        return issues.listed()
    if word in Rung.values:
        return issues.supervised(Rung(word))
    if word == "look_back":
        return issues.filter(pk__in=LookBack.objects.open().values("issue"))
    pressed = Escalation.objects.all()
    if word == "unanswered":
        pressed = pressed.filter(replies=None, lifted_at=None)
    return issues.filter(pk__in=pressed.values("responsibility__issue"))


def _marked(issues: Any, word: str, form: IssueFilter) -> Any:
    return issues.shared() if word == "shared" else issues.filter(**{word: True})


def _mine(issues: QuerySet[Issue], value: str, form: IssueFilter) -> QuerySet[Issue]:
    return issues.filter(turns.waits(form.officer))


def _in_box(issues: Any, box: tuple[float, float, float, float], form: IssueFilter) -> Any:
    west, south, east, north = box
    return issues.filter(lon__gte=west, lon__lte=east, lat__gte=south, lat__lte=north)


NARROW: dict[str, Any] = {
    "box": _in_box,
    "q": lambda issues, text, form: issues.matching(text, form.officer),
    "turn": _mine,
    "state": _in_state,
    "stage": lambda issues, stage, form: issues.in_stage(stage),
    "clock": _by_clock,
    "pressed": _pressed,
    "division": _in_division,
    "area": _in_area,
    "bureau": _with_bureau,
    "source": lambda issues, value, form: issues.filter(source=value),
    "severity": lambda issues, value, form: issues.filter(severity=value),
    "issued_from": lambda issues, day, form: issues.filter(issued_on__gte=day),
    "issued_to": lambda issues, day, form: issues.filter(issued_on__lte=day),
    "due_from": lambda issues, day, form: issues.filter(due_on__gte=day),
    "due_to": lambda issues, day, form: issues.filter(due_on__lte=day),
    "first_from": lambda issues, day, form: issues.filter(first_due_on__gte=day),
    "first_to": lambda issues, day, form: issues.filter(first_due_on__lte=day),
    "inner_from": lambda issues, day, form: inner_due(issues, first=day),
    "inner_to": lambda issues, day, form: inner_due(issues, last=day),
    "pollution": lambda issues, words, form: issues.polluting(words),
    "mark": _marked,
    "closed_from": lambda issues, day, form: issues.closed_from(day),
    "closed_to": lambda issues, day, form: issues.closed_to(day),
}


# --- files ------------------------------------------------------------------------------------------------------

ACCEPTED = "image/jpeg,image/png,image/webp,application/pdf,video/mp4"


class ManyFiles(forms.ClearableFileInput):
    """Several files at once. They are taken one by one by the evidence actions, which judge their content."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return None


class FilesField(forms.FileField):
    """Photos and papers that go with what is entered."""

    def __init__(self, label: Any = None) -> None:
        super().__init__(
            label=label or _("照片或文件"),
            required=False,
            widget=ManyFiles(attrs={"multiple": True, "accept": ACCEPTED}),
            help_text=_("JPG、PNG、WebP 照片，PDF，MP4 视频，一次最多 9 个；提交后还可以继续添加。"),
        )


class LetterForm(forms.Form):
    """A new version of the office's handoff letter: its words with places in braces."""

    heading = forms.CharField(label=_("标题"), max_length=60)
    opening = forms.CharField(label=_("正文开头"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))
    item = forms.CharField(
        label=_("每项说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    closing = forms.CharField(
        label=_("正文结尾"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    valid_from = DayField(label=_("生效日期"))
    basis = forms.CharField(label=_("依据"), max_length=200, required=False, help_text=_("发布时填写。"))
    after = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
