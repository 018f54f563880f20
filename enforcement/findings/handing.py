"""The form of a handoff document: several confirmed findings, for each who answers, who verifies, starred or not."""

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from enforcement.findings.actions import Handing, may_confirm_and_hand_off
from enforcement.findings.forms import picker
from enforcement.findings.lifecycle import State
from enforcement.findings.models import Finding
from enforcement.findings.new_sites import KEEP
from enforcement.findings.offices import Offices
from enforcement.findings.routing import Proposal, Rules, deviates, propose
from enforcement.findings.site_forms import meant, named
from enforcement.issues.actions import Share
from enforcement.issues.actions.handing_off import AT_HOME, is_verified_at_home
from enforcement.issues.models import Severity
from enforcement.timeline import clock
from regions.models import Bureau, Officer, Site
from regions.roles import Role

MOST = 30
SHARES = (1, 2, 3)


def selected_findings(officer: Officer, keys: Sequence[str]) -> list[Finding]:
    """The findings named that this officer may hand off, in the order found. Unknown keys are left out.

    Confirmed ones, and those waiting for a review that the same officer may give by handing them off.
    """
    wanted = [key for key in map(_key, keys) if key]
    bureaus = [p.bureau_id for p in officer.postings_on(clock.today()) if p.role == Role.DISPATCHER]
    found = (
        Finding.objects.visible_to(officer)
        .filter(pk__in=wanted, state__in=[State.CONFIRMED, State.LEADER_REVIEW], receiver__in=bureaus)
        .select_related("located_in__parent", "site", "filer__division", "receiver__division", "filed_by")
        .order_by("occurred_at", "id")
    )
    return [one for one in found if one.state == State.CONFIRMED or may_confirm_and_hand_off(one, officer)]


def _key(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class DocumentForm(forms.Form):
    """The head of the document."""

    title = forms.CharField(label=_("转办单标题"), max_length=120)


class ItemForm(forms.Form):
    """One item of the document. Bureaus are named in full; the list to choose from is one for the whole page."""

    finding = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    severity = forms.ChoiceField(label=_("严重程度"), choices=Severity.choices)
    verifier = forms.CharField(label=_("核查单位"), max_length=80, help_text=_("不能与承办单位相同。"))
    starred = forms.BooleanField(label=_("加星件（市级直接办理，不得交办下级）"), required=False)
    site = forms.CharField(
        label=_("企业或点位"),
        required=False,
        max_length=120,
        help_text=_("确认线索时可以指明或改正；填写名称或排污许可证编号，不清楚的不填。"),
        widget=picker(),
    )

    def __init__(
        self,
        *args: Any,
        finding: Finding,
        offices: Offices,
        officer: Officer,
        proposal: Proposal | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.row, self.offices, self.officer, self.proposal = finding, offices, officer, proposal
        if not self.awaits_review or finding.site_waits:
            del self.fields["site"]
        for n in SHARES:
            self.fields[f"bureau{n}"] = forms.CharField(
                label=gettext("承办单位") if n == 1 else gettext("共同承办单位 %(n)d") % {"n": n},
                max_length=80,
                required=n == 1,
                error_messages={"required": gettext("请选择承办单位。")},
            )
            self.fields[f"weight{n}"] = forms.DecimalField(
                label=gettext("权重"),
                max_digits=5,
                decimal_places=4,
                min_value=Decimal(0),
                max_value=Decimal(1),
                required=n == 1,
            )
        for name in ("verifier", *(f"bureau{n}" for n in SHARES)):
            self.fields[name].widget = forms.TextInput(attrs={"list": "offices", "autocomplete": "off"})
        for n in SHARES:
            self.fields[f"weight{n}"].widget = forms.TextInput(attrs={"inputmode": "decimal"})

    @property
    def share_fields(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"bureau{n}"], self[f"weight{n}"]) for n in SHARES]

    @property
    def is_shared(self) -> bool:
        return any(self[f"bureau{n}"].value() for n in SHARES[1:])

    def clean_site(self) -> Any:
        said = self.add_prefix("site") in self.data
        return meant(self.row, self.officer, self.cleaned_data["site"]) if said else KEEP

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        for name in ("verifier", *(f"bureau{n}" for n in SHARES)):
            text = entered.get(name)
            if not text:
                continue
            entered[name] = self.offices.named(text)
            if entered[name] is None:
                self.add_error(name, gettext("没有“%(name)s”这个单位，请从列表中选择全称。") % {"name": text})
        for n in SHARES[1:]:
            if bool(entered.get(f"bureau{n}")) != (entered.get(f"weight{n}") is not None) and not self.errors:
                self.add_error(f"weight{n}", gettext("承办单位和权重须同时填写。"))
        if not self.errors:
            self._check_shares(entered)
        return entered

    def _check_shares(self, entered: dict[str, Any]) -> None:
        shares = self._shares(entered)
        total = sum((share.weight for share in shares), Decimal(0))
        if total != 1:
            self.add_error(
                "weight1", gettext("各承办单位的权重之和应为 1，现为 %(total)s。") % {"total": total.normalize()}
            )
        if len({share.bureau.pk for share in shares}) != len(shares):
            self.add_error("bureau2", gettext("同一承办单位重复。"))
        if any(share.bureau.pk == entered["verifier"].pk for share in shares):
            self.add_error("verifier", gettext("核查单位不能是承办单位。"))
        elif any(is_verified_at_home(self.row.source, entered["verifier"], share.bureau) for share in shares):
            self.add_error("verifier", AT_HOME())

    def _shares(self, entered: Mapping[str, Any]) -> list[Share]:
        return [Share(entered[f"bureau{n}"], entered[f"weight{n}"]) for n in SHARES if entered.get(f"bureau{n}")]

    @property
    def shares(self) -> list[Share]:
        return self._shares(self.cleaned_data)

    @property
    def handing(self) -> Handing:
        entered = self.cleaned_data
        return Handing(
            self.row,
            self.shares,
            verifier=entered["verifier"],
            starred=entered["starred"],
            severity=entered["severity"],
            version=entered["version"],
            deviates=self.data.get(self.add_prefix("deviates")) == "1",
            confirms=self.data.get(self.add_prefix("confirms")) == "1",
            site=entered.get("site", KEEP),
        )

    @property
    def of_site(self) -> Site | None:
        """The site it will be of."""
        said = self.cleaned_data.get("site", KEEP)
        return self.row.site if said is KEEP else said

    @property
    def awaits_review(self) -> bool:
        """Whether handing it off confirms it too."""
        return self.row.state == State.LEADER_REVIEW

    @property
    def strays(self) -> bool:
        """Whether the bureau entered is another than the one a rule proposes."""
        return self.proposal is not None and deviates(self.proposal, self.shares[0].bureau)


def as_if_sent(head: DocumentForm, items: Sequence[ItemForm]) -> dict[str, Any]:
    """What a browser would send of forms filled in with the proposals: they can be looked at before anybody typed."""
    sent: dict[str, Any] = dict(head.initial)
    for item in items:
        sent |= {item.add_prefix(name): str(value) for name, value in item.initial.items()}
    return sent


def item_forms(
    findings: Sequence[Finding], issuer: Bureau, offices: Offices, rules: Rules, officer: Officer, data: Any = None
) -> list[ItemForm]:
    """One form for each finding; without data it is filled in with what the routing rules propose."""
    forms_ = []
    for place, finding in enumerate(findings):
        proposal = propose(finding, rules, offices)
        likely = _likely(finding, issuer, offices, proposal.bureau)
        form = ItemForm(
            data, prefix=f"i{place}", finding=finding, offices=offices, officer=officer, proposal=proposal,
            initial={**likely, "site": named(finding)},
        )  # fmt: skip
        forms_.append(form)
    return forms_


def _likely(finding: Finding, issuer: Bureau, offices: Offices, answering: Bureau | None) -> dict[str, Any]:
    """The bureau proposed; the city's verifies a county's, else the issuer; never the handler's own city what another
    city's team found."""
    county = finding.located_in
    above = offices.answering.get(county.parent_id) if county and county.parent_id else None
    verifier = above if above and answering and above != answering else issuer
    if answering and is_verified_at_home(finding.source, verifier, answering):
        # Another city's team found it: that team verifies, or the issuer.
        verifier = issuer if is_verified_at_home(finding.source, finding.filer, answering) else finding.filer
    return {
        "finding": finding.pk,
        "version": finding.version,
        "severity": finding.severity,
        "bureau1": answering.name if answering and answering != issuer else "",
        "weight1": "1",
        "verifier": verifier.name if verifier != answering else "",
    }
