"""Makes what a run of `api_requests` uses up: `python -m benchmarks.seed.ready COUNT`; prints one JSON line."""

import json
import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.db import transaction
    from knox.models import AuthToken

    from benchmarks.seed.cast import make_cast
    from enforcement.findings import actions as findings
    from enforcement.issues.models import Issue
    from enforcement.timeline import clock
    from regions import keyset
    from regions.models import Bureau, Officer

    wanted, cast = int(sys.argv[1]), make_cast()
    county = next(c for c in cast.counties if Bureau.objects.get(pk=c.bureau).division.code == "140107")
    inspector, leader = Officer.objects.get(pk=cast.inspector), Officer.objects.get(pk=cast.leader)
    province, made = Bureau.objects.get(pk=cast.province), []
    with transaction.atomic():
        for _ in range(wanted):
            finding = findings.file_finding(
                by=inspector, filer=province, receiver=province, title="涂装高值", source="patrol", lon=county.lon,
                lat=county.lat, occurred_at=clock.now(), synthetic=True,
            )  # fmt: skip
            findings.perform(finding, "submit", by=inspector)
            findings.perform(finding, "confirm", by=leader)
            made.append(str(finding.pk))
    tokens = {
        role: AuthToken.objects.create(Officer.objects.get(username=name))[1]
        for role, name in {
            "dispatcher": "bench-dispatcher", "supervisor": "bench-supervisor", "handler": "bench-handler-140107",
        }.items()
    }  # fmt: skip
    closed = list(Issue.objects.filter(state="closed").order_by("-id").values_list("number", flat=True)[:wanted])
    deep = keyset.mark_of(Issue, Issue.objects.order_by("id")[60], ["id"])
    print(
        json.dumps(
            {
                "findings": made, "closed": closed, "tokens": tokens, "bureau": county.bureau, "verifier": county.team,
                "deep": f"/api/v1/issues/?cursor=newest.after.{deep}",
            }
        )
    )  # fmt: skip
