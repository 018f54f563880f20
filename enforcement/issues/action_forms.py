"""The fields of each action of the lifecycle table, as a page asks for them. What was right is judged by the action."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.issues.forms import DayField, FilesField
from enforcement.issues.lifecycle import FIELDS, INTERNAL, MOVES, Method, Move, PauseReason, ReturnReason, Verdict
from enforcement.issues.models import Issue, LawArticle, MeasureKind, Milestone, Responsibility
from enforcement.issues.rows_input import Cell, RowsField
from enforcement.timeline import clock
from enforcement.timeline.models import Attachment
from regions.choices import below
from regions.models import Bureau, BureauKind

#: Action -> the file inputs of its form: name, label, and what such a file is to show.
FILES: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "submit_feedback": (
        ("photos_before", _("整改前照片"), Attachment.Role.BEFORE),
        ("photos_after", _("整改后照片（与整改前同一位置拍摄）"), Attachment.Role.AFTER),
        ("photos", _("其他材料"), Attachment.Role.PAPER),
    ),
    "pass_verification": (("photos", _("照片或文件"), Attachment.Role.SCENE),),
    "reject_verification": (("photos", _("照片或文件"), Attachment.Role.SCENE),),
    "request_pause": (("photos", _("上传佐证材料"), Attachment.Role.PAPER),),
    "reach_milestone": (("photos", _("上传佐证材料"), Attachment.Role.SCENE),),
    "pass_look_back": (("photos", _("上传现场材料"), Attachment.Role.SCENE),),
    "fail_look_back": (("photos", _("上传现场材料"), Attachment.Role.SCENE),),
}
HELP: dict[str, Any] = {
    "reason": _("写明依据，转办、承办和核查单位都会看到。"),
    "measures": _("写明已完成的措施、完成时间和责任人员。"),
    "cause": _("造成问题的原因，便于举一反三。"),
    "plan": _("拟采取的措施和完成时间。"),
    "opinion": _("写明现场或资料核查的情况。"),
    "publication": _("公示的渠道和日期。"),
    "enforced": _("逐项填写；罚款须填金额（元，最多两位小数）。没有可留空。"),
    "resume_on": _("到这一天自动恢复计时，期限按暂停的时间顺延。"),
    "evidence": _("从本问题已有材料中选择，或在下面上传。"),
    "milestones": _("每行一个节点和它的期限；重新列出会替换尚未完成的节点，原节点保留记录。"),
    "leader": _("姓名和职务，将在办理单和列表中显示。"),
    "reply_by": _("承办单位须在这一天前书面回复。"),
    "look_by": _("回头看应在这一天前完成。"),
}
DAYS = frozenset({"resume_on", "reply_by", "look_by"})
CHOICES: dict[str, Any] = {
    "reason_code": ReturnReason,
    "verdict": Verdict,
    "pause_code": PauseReason,
    "method": Method,
}
MILESTONE_ROWS, MEASURE_ROWS = 6, 5


class ActionForm(forms.Form):
    """The fields of one action, for one responsibility."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    responsibility = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, move: Move, responsibility: Responsibility, issue: Issue, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.move = move
        for name in self.names:
            self.fields[name] = _field(name, name in move.needs, move, responsibility, issue)
        for name, label, _role in FILES.get(move.action, ()):
            self.fields[name] = FilesField(label)

    @property
    def entered(self) -> dict[str, Any]:
        """What goes to the action: the fields of the table only."""
        return {name: self.cleaned_data.get(name) for name in self.names}

    @property
    def names(self) -> list[str]:
        return [name for name in (*self.move.needs, *self.move.accepts) if name not in INTERNAL]


def action_form(action: str, responsibility: Responsibility, issue: Issue, data: Any = None) -> ActionForm:
    first: dict[str, Any] = {"version": issue.version, "responsibility": responsibility.pk}
    if action == "plan_milestones":
        first |= {
            "milestones": [{"title": row.title, "due_on": row.due_on} for row in _open_milestones(responsibility)]
        }
    return ActionForm(MOVES[action], responsibility, issue, data, initial=first)


def _field(name: str, needed: bool, move: Move, responsibility: Responsibility, issue: Issue) -> forms.Field:
    common: dict[str, Any] = {
        "label": FIELDS[name],
        "required": needed,
        "help_text": HELP.get(name, ""),
        "error_messages": {"required": gettext("请填写%(field)s。") % {"field": FIELDS[name]}},
    }
    if name in CHOICES:
        return forms.ChoiceField(choices=CHOICES[name].choices, widget=forms.RadioSelect, **common)
    if name in DAYS:
        return DayField(**common)
    if name == "bureau":
        return BureauField(_receivers(move, responsibility, issue), **common)
    if name == "due_on":
        latest = responsibility.due_on.isoformat()
        help_text = gettext("晚于今天，且不晚于本单位的期限 %(day)s。")
        if move.action == "set_inner_due":
            help_text = gettext("晚于今天，且不晚于办理期限 %(day)s；排到它之后的整改节点提前到这一天，办理期限不变。")
        common["help_text"] = help_text % {"day": latest}
        return DayField(**common)
    if name == "days":
        most = responsibility.policy.extension_max_days
        common["help_text"] = gettext("一次最多 %(n)d 个工作日，由转办单位批准后生效。") % {"n": most}
        return forms.IntegerField(min_value=1, max_value=most, **common)
    if name == "leader":
        return forms.CharField(max_length=60, **common)
    if name in ROWS:
        cells, count = ROWS[name]
        return RowsField(cells(), count, **common)
    if name == "evidence":
        # One may bring a new file instead: the action says so where neither is there.
        return EvidenceField(issue, **{**common, "required": False})
    if name == "milestone":
        return MilestoneField(_open_milestones(responsibility), widget=forms.RadioSelect, empty_label=None, **common)
    return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), max_length=2000, **common)


def _milestone_cells() -> list[Cell]:
    return [Cell("title", _("节点内容")), Cell("due_on", _("期限"), "date")]


def _measure_cells() -> list[Cell]:
    today = clock.today()
    articles = [
        (str(row.pk), f"{MeasureKind(row.kind).label} · {row}")
        for row in LawArticle.objects.filter(valid_from__lte=today)
        if row.valid_to is None or row.valid_to > today
    ]
    return [
        Cell("kind", _("措施"), options=[("", "—"), *MeasureKind.choices]),
        Cell("article", _("法律依据"), options=[("", "—"), *articles]),
        Cell("amount", _("金额（元）"), most=20),
        Cell("persons", _("人数"), "number", most=3),
        Cell("document", _("文书号"), most=60),
    ]


ROWS: dict[str, tuple[Any, int]] = {
    "milestones": (_milestone_cells, MILESTONE_ROWS),
    "enforced": (_measure_cells, MEASURE_ROWS),
}


def _open_milestones(responsibility: Responsibility) -> QuerySet[Milestone]:
    return Milestone.objects.filter(responsibility=responsibility, reached_at=None, replaced_at=None)


class MilestoneField(forms.ModelChoiceField):
    """One of the milestones not reached yet."""

    default_error_messages = {"invalid_choice": _("没有这个待完成的节点，请从列表中选择。")}

    def label_from_instance(self, row: Any) -> str:
        return gettext("%(title)s（期限 %(day)s）") % {"title": row.title, "day": row.due_on.isoformat()}

    def clean(self, value: Any) -> Any:
        found = super().clean(value)
        return found.pk if found is not None else None


class EvidenceField(forms.ModelChoiceField):
    """A file kept with the issue, the newest first."""

    default_error_messages = {"invalid_choice": _("没有找到这个材料，请先上传到本问题。")}

    def __init__(self, issue: Issue, **kwargs: Any) -> None:
        rows = Attachment.objects.filter(subject_type="issue", subject_id=str(issue.pk)).order_by("-received_at")
        super().__init__(rows, empty_label="—", **kwargs)

    def label_from_instance(self, row: Any) -> str:
        day = clock.minute(row.received_at)
        return f"{row.get_role_display() or row.label} {row.name} {day}".strip()


class BureauField(forms.ModelChoiceField):
    """A bureau by its full name; one that isn't on the list doesn't exist."""

    default_error_messages = {"invalid_choice": _("没有这个单位，请从列表中选择。")}


def _receivers(move: Move, responsibility: Responsibility, issue: Issue) -> QuerySet[Bureau]:
    """To whom work may be passed on: below the issuer when reissued, at most one level down when delegated.

    A look-back goes to a bureau below the issuer, or the issuer itself, that had no part in the issue.
    """
    offices = Bureau.objects.filter(ended_on=None).exclude(kind=BureauKind.CONTRACTOR).exclude(pk=issue.verifier_id)
    if move.action == "delegate":
        own = responsibility.division_id
        offices = offices.filter(division__in=[own]) | offices.filter(division__parent=own)
        return offices.exclude(pk=responsibility.bureau_id).order_by("division__code", "name")
    issuer = responsibility.parent.bureau if responsibility.parent else issue.issuer
    offices = offices.filter(below([issuer.division], "division")).order_by("division__code", "name")
    if move.action == "schedule_look_back":
        return offices.exclude(pk__in=issue.responsibilities.values("bureau"))
    return offices.exclude(pk__in=[responsibility.bureau_id, issuer.pk])
