"""The forms of merging, splitting and their undoing. What was right is judged by the actions."""

import unicodedata
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.issues.actions.splitting import Child
from enforcement.issues.forms import DayField
from enforcement.issues.models import Issue
from enforcement.issues.rows_input import Cell, RowsField
from regions.choices import below
from regions.forms import one_site
from regions.models import Bureau, BureauKind, Officer

#: Rows the page offers; the API takes as many as the action does.
ROWS = 5


class LinkForm(forms.Form):
    """The reason, and what the action needs beside it."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    reason = forms.CharField(
        label=_("理由"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text=_("记入两个问题的办理经过，各方都会看到。"),
        error_messages={"required": _("请填写理由。")},
    )

    def __init__(self, issue: Issue, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.issue, self.officer = issue, officer

    @property
    def entered(self) -> dict[str, Any]:
        """What goes to the action."""
        return {"reason": self.cleaned_data["reason"]}


class MergeForm(LinkForm):
    into = forms.CharField(
        label=_("并入哪个问题"),
        max_length=24,
        help_text=_("填写保留下来继续办理的问题的编号。"),
        error_messages={"required": _("请填写保留的问题的编号。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "SX-2021-ZH-00557"}),
    )
    field_order = ("version", "into", "reason")

    def clean_into(self) -> str:
        return unicodedata.normalize("NFKC", str(self.cleaned_data["into"])).strip().upper()

    @property
    def entered(self) -> dict[str, Any]:
        return {**super().entered, "into": self.cleaned_data["into"]}


class OfferForm(MergeForm):
    """The same of an issue another bureau issued, or to be merged into one of theirs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["into"].help_text = _("填写保留下来继续办理的问题的编号；两个问题中须有一个由本单位转办。")
        self.fields["reason"].help_text = _(
            "记入两个问题的办理经过。本单位转办的问题的编号、标题、地点、承办单位和期限会告知对方。"
        )


class AnswerForm(forms.Form):
    """The words an answer to a merge offer needs or may have."""

    def __init__(self, needs: tuple[str, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = "reason" if "reason" in needs else "opinion"
        self.fields[name] = forms.CharField(
            label=_("理由") if name == "reason" else _("意见（可不填）"),
            widget=forms.Textarea(attrs={"rows": 3}),
            max_length=2000,
            required=name in needs,
            help_text=_("记入两个问题的办理经过，各方都会看到。"),
            error_messages={"required": _("请填写理由。")},
        )


class SplitForm(LinkForm):
    """Rows of children; a site is named in full, left out where it is the parent's."""

    field_order = ("version", "children", "reason")

    def __init__(self, issue: Issue, officer: Officer, *args: Any, **kwargs: Any) -> None:
        super().__init__(issue, officer, *args, **kwargs)
        self.bureaus = {str(bureau.pk): bureau for bureau in receivers(issue)}
        options = [("", "—"), *((key, bureau.name) for key, bureau in self.bureaus.items())]
        cells = [
            Cell("title", _("子问题标题")),
            Cell("bureau", _("承办单位"), options=options),
            Cell("site", _("点位（与原问题不同时填写全称）"), most=120),
            Cell("due_on", _("内部期限（可不填）"), kind="date"),
        ]
        help_text = _(
            "至少两行。子问题沿用原问题的期限，权重平分；可另定不晚于它的内部期限。全部办结后原问题方可办结。"
        )
        self.fields["children"] = RowsField(cells, ROWS, label=_("子问题"), help_text=help_text)
        self.order_fields(self.field_order)

    def clean_children(self) -> list[Child]:
        rows = self.cleaned_data["children"]
        faults = []
        children = []
        for place, row in enumerate(rows, start=1):
            bureau = self.bureaus.get(row["bureau"])
            if bureau is None:
                faults.append(gettext("第%(n)d个子问题：请从列表中选择承办单位。") % {"n": place})
                continue
            try:
                site = one_site(
                    self.officer, row["site"][:120], gettext("没有“%(name)s”这个点位，请填写点位名册中的全称。")
                )
                children.append(Child(row["title"], bureau, site, due_on=DayField(required=False).clean(row["due_on"])))
            except forms.ValidationError as error:
                faults.append(gettext("第%(n)d个子问题：%(fault)s") % {"n": place, "fault": error.messages[0]})
        if faults:
            raise forms.ValidationError(faults)
        return children

    @property
    def entered(self) -> dict[str, Any]:
        return {**super().entered, "children": self.cleaned_data["children"]}


FORMS: dict[str, type[LinkForm]] = {
    "merge": MergeForm, "offer_merge": OfferForm, "unmerge": LinkForm, "split": SplitForm, "unsplit": LinkForm,
}  # fmt: skip


def link_form(action: str, issue: Issue, officer: Officer, data: Any = None, into: str = "") -> LinkForm:
    first: dict[str, Any] = {"version": issue.version, "into": into}
    if action == "split":
        part = issue.responsibilities.order_by("-weight", "pk").first()
        first["children"] = [
            {"title": issue.title, "bureau": str(part.bureau_id) if part else ""},
            {"title": issue.title},
        ]
    return FORMS[action](issue, officer, data, initial=first)


def receivers(issue: Issue) -> QuerySet[Bureau]:
    """Who may answer for a child: departments and teams at or below the issuer's division, the verifier aside."""
    offices = Bureau.objects.filter(below([issue.issuer.division], "division"), ended_on=None)
    offices = offices.exclude(kind=BureauKind.CONTRACTOR).exclude(pk__in=[issue.verifier_id, issue.issuer_id])
    return offices.order_by("division__code", "name")
