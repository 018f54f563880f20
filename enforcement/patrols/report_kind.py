"""The report of a run as a paper a worker sets, registered with `issues.sheets.papers`."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enforcement.issues.sheets.papers import PaperKind, Tell
from enforcement.papers import Paper
from enforcement.patrols.models import PatrolRun
from enforcement.patrols.report import STEPS, report_of
from regions.errors import Invalid
from regions.models import Officer


def _run(officer: Officer, query: Mapping[str, str]) -> PatrolRun:
    """The run asked for, among those the officer may see. Raises Invalid."""
    try:
        key = UUID(query.get("run", ""))
    except ValueError:
        key = None
    seen = PatrolRun.objects.none() if key is None else PatrolRun.objects.visible_to(officer)
    run = (
        seen.select_related("bureau__parent", "division", "vehicle", "instrument", "imported_by", "rule")
        .filter(pk=key)
        .sole()
    )
    if run is None:
        raise Invalid(_("没有这次走航，请从走航列表中选择。"), field="filter")
    return run


def words(officer: Officer, query: Mapping[str, str]) -> list[tuple[str, str]]:
    run = _run(officer, query)
    return [(_("走航"), f"{run.day:%Y-%m-%d} {run.title}")]


def paper(officer: Officer, query: Mapping[str, str], tell: Tell) -> Paper:
    return report_of(_run(officer, query), officer, tell)


KIND = PaperKind("patrol-report", gettext_lazy("走航监测报告"), STEPS, words, paper)
