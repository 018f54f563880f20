from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PatrolsConfig(AppConfig):
    name = "enforcement.patrols"
    label = "patrols"
    verbose_name = _("走航")

    def ready(self) -> None:
        from enforcement.findings import likely, tracks
        from enforcement.issues import origins
        from enforcement.issues.sheets import kinds as lists
        from enforcement.issues.sheets import papers
        from enforcement.patrols import duties, evidence, nearness, report_kind, suspicion
        from enforcement.patrols.files import KINDS
        from enforcement.timeline import duties as dates
        from enforcement.timeline import subjects

        kinds = (
            evidence.RUN, evidence.HOT_SPOT, evidence.LOCATION, evidence.INSTRUMENT, evidence.VEHICLE, evidence.CAMPAIGN,
            evidence.REDRIVE,
        )  # fmt: skip
        for kind in kinds:
            subjects.register(kind)
        origins.register("patrols", evidence.origins)
        tracks.register(nearness.track_of)
        likely.register(suspicion.likely_of)
        papers.register(report_kind.KIND)
        for one in KINDS:
            lists.register(one)
        dates.register(duties.SOURCE)
