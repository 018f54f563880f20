"""Query parameters of the lists of issues and handoffs."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues import figures, turns
from enforcement.issues.figures import FigureFilterSet
from enforcement.issues.inner_due import inner_due
from enforcement.issues.lifecycle import OPEN, Rung, State
from enforcement.issues.models import Handoff, Issue, LookBack, MergeOffer, Severity, Source
from enforcement.issues.stages import STATES, Stage
from enforcement.timeline import clock
from regions.api.filters import (
    AreaFilter,
    AskedFor,
    DayField,
    DayFilter,
    DivisionFilter,
    IdentityFilter,
    TruthFilter,
    WordsFilter,
)
from regions.errors import Invalid

#: Brackets round the year of a document's number, as keyboards have them.
_BRACKETS = str.maketrans("[]()【】", "〔〕〔〕〔〕")


def _verb(name: str) -> Callable[[Any, str, Any], Any]:
    """The queryset's own verb of that name, asked with the value entered."""
    return lambda issues, _field, value: getattr(issues, name)(value)


class SeveralFilter(django_filters.BaseInFilter, django_filters.ChoiceFilter):
    """One value or several, parted by commas."""


class IssueFilters(AskedFor, FigureFilterSet):
    """Filters of the list as it stands now; `figure` and its companions give the rows behind a figure instead.

    `from` and `to` without a figure are the days of first issuing, like `issued_from` and `issued_to`.
    """

    state = SeveralFilter(choices=State.choices, label=gettext_lazy("状态，可用逗号列出几个"))
    source = SeveralFilter(choices=Source.choices, label=gettext_lazy("来源，可用逗号列出几个"))
    severity = SeveralFilter(choices=Severity.choices, label=gettext_lazy("严重程度，可用逗号列出几个"))
    number = WordsFilter(label=gettext_lazy("编号"))
    division = DivisionFilter(field_name="division", label=gettext_lazy("责任区划代码，含下级"))
    area = AreaFilter(field_name="division", label=gettext_lazy("联防联控区域"))
    bureau = IdentityFilter(method="answered_by", label=gettext_lazy("承办单位"))
    site = IdentityFilter(field_name="site", label=gettext_lazy("点位"))
    overdue = TruthFilter(method="late", label=gettext_lazy("已超期（当前期限已过而未办结）"))
    starred = TruthFilter(field_name="starred", label=gettext_lazy("加星件"))
    due_before = DayFilter(field_name="due_on", lookup_expr="lte", label=gettext_lazy("当前期限不晚于"))
    due_after = DayFilter(field_name="due_on", lookup_expr="gte", label=gettext_lazy("当前期限不早于"))
    stage = SeveralFilter(method="in_stages", choices=Stage.choices, label=gettext_lazy("环节，可用逗号列出几个"))
    pollution_type = WordsFilter(method=_verb("polluting"), label=gettext_lazy("污染类型，含所填文字"))
    ever_overdue = TruthFilter(method="ever_late", label=gettext_lazy("曾超期，与统计指标 ever_overdue 同口径"))
    stage_overdue = TruthFilter(method="stage_late", label=gettext_lazy("本环节超期"))
    inner_overdue = TruthFilter(method="inner_late", label=gettext_lazy("子问题的内部期限已过"))
    inner_due_before = DayFilter(method="inner_before", label=gettext_lazy("子问题的内部期限不晚于"))
    inner_due_after = DayFilter(method="inner_after", label=gettext_lazy("子问题的内部期限不早于"))
    extended = TruthFilter(method="extended_ones", label=gettext_lazy("延过期"))
    paused = TruthFilter(field_name="paused", label=gettext_lazy("暂停计时"))
    listed = TruthFilter(field_name="listed", label=gettext_lazy("挂牌督办"))
    rung = SeveralFilter(choices=Rung.choices, label=gettext_lazy("现行督办的最高层级，可用逗号列出几个"))
    provisional = TruthFilter(field_name="provisional", label=gettext_lazy("期限暂定"))
    imported = TruthFilter(field_name="imported", label=gettext_lazy("历史导入"))
    shared = TruthFilter(method="in_parts", label=gettext_lazy("多单位分担或已交办"))
    waits_for_me = TruthFilter(method="mine", label=gettext_lazy("等我办理"))
    closed_from = DayFilter(method=_verb("closed_from"), label=gettext_lazy("办结日期起，含当日"))
    closed_to = DayFilter(method=_verb("closed_to"), label=gettext_lazy("办结日期止，含当日"))
    first_due_before = DayFilter(field_name="first_due_on", lookup_expr="lte", label=gettext_lazy("首次期限不晚于"))
    first_due_after = DayFilter(field_name="first_due_on", lookup_expr="gte", label=gettext_lazy("首次期限不早于"))
    issued_from = DayFilter(field_name="issued_on", lookup_expr="gte", label=gettext_lazy("首次转办日期起，含当日"))
    issued_to = DayFilter(field_name="issued_on", lookup_expr="lte", label=gettext_lazy("首次转办日期止，含当日"))
    q = WordsFilter(
        method="matching",
        label=gettext_lazy(
            "编号、标题、情况、地址、市县、点位名称、信用代码、经办人，两个字以上；几个词用空格分开，须都出现"
        ),
    )

    class Meta:
        model = Issue
        fields: list[str] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        entered = self.form.cleaned_data
        if not entered.get("figure"):
            for name, lookup in (("from", "gte"), ("to", "lte")):
                if text := entered.pop(name, ""):
                    queryset = queryset.filter(**{f"issued_on__{lookup}": _day(name, text)})
                    entered[name] = ""
        return super().filter_queryset(queryset)

    def answered_by(self, issues: Any, name: str, value: Any) -> Any:
        return issues.answered_by(value)

    def late(self, issues: Any, name: str, value: bool) -> Any:
        if value:
            return issues.overdue(on=clock.today())
        return issues.filter(Q(due_on__gte=clock.today()) | ~Q(state__in=sorted(OPEN)))

    def in_stages(self, issues: Any, name: str, value: list[str]) -> Any:
        states = frozenset[State]().union(*(STATES[stage] for stage in value))
        return issues.filter(state__in=sorted(states))

    def ever_late(self, issues: Any, name: str, value: bool) -> Any:
        late = figures.ever_late(clock.today())
        return issues.filter(late if value else ~late)

    def stage_late(self, issues: Any, name: str, value: bool) -> Any:
        return _either(issues, lambda rows: rows.stage_late(on=clock.today()), value)

    def inner_late(self, issues: Any, name: str, value: bool) -> Any:
        return _either(issues, lambda rows: inner_due(rows, last=clock.today() - timedelta(days=1)), value)

    def inner_before(self, issues: Any, name: str, value: date) -> Any:
        return inner_due(issues, last=value)

    def inner_after(self, issues: Any, name: str, value: date) -> Any:
        return inner_due(issues, first=value)

    def extended_ones(self, issues: Any, name: str, value: bool) -> Any:
        return issues.extended() if value else issues.filter(due_on__lte=F("first_due_on"))

    def in_parts(self, issues: Any, name: str, value: bool) -> Any:
        return _either(issues, lambda rows: rows.shared(), value)

    def mine(self, issues: Any, name: str, value: bool) -> Any:
        return _either(issues, lambda rows: turns.waiting_issues(rows, self.request.user), value)

    def matching(self, issues: Any, name: str, value: str) -> Any:
        return issues.matching(value, getattr(self.request, "user", None))


def _either(issues: Any, narrowed: Callable[[Any], Any], wanted: bool) -> Any:
    """The issues that `narrowed` leaves, or the others."""
    if wanted:
        return narrowed(issues)
    # Looked up for each row shown: the list of all the others would be made for every page.
    return issues.exclude(Exists(narrowed(issues.model.objects.all()).order_by().filter(pk=OuterRef("pk"))))


def _day(name: str, text: str) -> Any:
    try:
        return DayField().to_python(text)
    except ValidationError as error:
        raise Invalid(_("日期应写作 2021-08-04。"), field=name) from error


class HandoffFilters(AskedFor):
    number = WordsFilter(method="numbered", label=gettext_lazy("文号，可只填开头或序号"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("转办单位"))
    division = DivisionFilter(field_name="bureau__division", label=gettext_lazy("转办单位的区划代码，含下级"))
    issued_from = DayFilter(field_name="issued_at", lookup_expr="date__gte", label=gettext_lazy("转办日期起，含当日"))
    issued_to = DayFilter(field_name="issued_at", lookup_expr="date__lte", label=gettext_lazy("转办日期止，含当日"))

    class Meta:
        model = Handoff
        fields: list[str] = []

    def numbered(self, rows: Any, name: str, text: str) -> Any:
        """晋环转〔2021〕12号, its beginning, or 12 alone; brackets as keyboards have them."""
        text = unicodedata.normalize("NFKC", text).strip().translate(_BRACKETS)
        serial = re.fullmatch(r"\u7b2c?([0-9]{1,9})\u53f7?", text)  # 第12号
        return rows.filter(serial=int(serial[1])) if serial else rows.filter(number__startswith=text)


#: What a look-back found, as its filter says it.
LOOK_BACK_RESULTS = (
    ("waiting", gettext_lazy("待回头看")),
    ("passed", gettext_lazy("通过")),
    ("failed", gettext_lazy("不通过")),
)


class LookBackFilters(AskedFor):
    result = django_filters.ChoiceFilter(method="found", choices=LOOK_BACK_RESULTS, label=gettext_lazy("结果"))
    division = DivisionFilter(field_name="issue__division", label=gettext_lazy("责任区划代码，含下级"))
    bureau = IdentityFilter(field_name="bureau", label=gettext_lazy("回头看单位"))
    due_from = DayFilter(field_name="due_on", lookup_expr="gte", label=gettext_lazy("完成期限起，含当日"))
    due_to = DayFilter(field_name="due_on", lookup_expr="lte", label=gettext_lazy("完成期限止，含当日"))

    class Meta:
        model = LookBack
        fields: list[str] = []

    def found(self, rows: Any, name: str, result: str) -> Any:
        return rows.filter(passed={"waiting": None, "passed": True, "failed": False}[result])


class MergeOfferFilters(AskedFor):
    state = django_filters.ChoiceFilter(choices=MergeOffer.State.choices, label=gettext_lazy("状态"))
    asked = IdentityFilter(field_name="asked", label=gettext_lazy("被征询单位"))
    issue = WordsFilter(method="about", label=gettext_lazy("问题的编号"))

    class Meta:
        model = MergeOffer
        fields: list[str] = []

    def about(self, offers: Any, name: str, value: str) -> Any:
        """By the number of an issue one may see: one that isn't one's own can't be found out by asking."""
        seen = Issue.objects.visible_to(self.request.user).filter(number=value).values("pk")
        return offers.filter(Q(issue__in=seen) | Q(into__in=seen))
