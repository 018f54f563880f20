"""Makes what a run of `api_requests` uses up: `python -m benchmarks.seed.ready COUNT`; prints one JSON line."""

import json
import sys

import django

#: The county whose handler reads lists.
READER = "140106"

if __name__ == "__main__":
    django.setup()
    from django.db import transaction
    from knox.models import AuthToken

    from benchmarks.seed.cast import make_cast, make_desks
    from enforcement.findings import actions as findings
    from enforcement.issues.models import Issue
    from enforcement.timeline import clock
    from regions import keyset
    from regions.models import Bureau, Officer

    wanted, cast = int(sys.argv[1]), make_cast()
    by_code = {Bureau.objects.get(pk=c.bureau).division.code: c for c in cast.counties}
    inspector, leader = Officer.objects.get(pk=cast.inspector), Officer.objects.get(pk=cast.leader)
    province, desks = Bureau.objects.get(pk=cast.province), make_desks()
    # Whom each desk hands off to: a county of its own.
    counties = {
        name: by_code["140107"] if name == "bench-dispatcher" else next(c for code, c in by_code.items() if code[:4] == name[-6:-2])
        for name in desks
    }  # fmt: skip
    # Half of them wait at the province's desk, the others are spread over all desks.
    queues: dict[str, list[str]] = {name: [] for name in desks}
    with transaction.atomic():
        for n in range(wanted):
            name = "bench-dispatcher" if n % 2 else list(desks)[n // 2 % len(desks)]
            finding = findings.file_finding(
                by=inspector, filer=province, receiver=desks[name], title="涂装高值", source="patrol",
                lon=counties[name].lon, lat=counties[name].lat, occurred_at=clock.now(), synthetic=True,
            )  # fmt: skip
            findings.perform(finding, "submit", by=inspector)
            findings.perform(finding, "confirm", by=leader)
            queues[name].append(str(finding.pk))
    tokens = {
        role: AuthToken.objects.create(Officer.objects.get(username=name))[1]
        for role, name in {
            # The handler of a county no desk writes to and nothing is struck off in, as the floor's list is of one.
            "supervisor": "bench-supervisor", "handler": f"bench-handler-{READER}", **{name: name for name in desks},
        }.items()
    }  # fmt: skip
    elsewhere = Issue.objects.filter(state="closed").exclude(division__code=READER)
    closed = list(elsewhere.order_by("-id").values_list("number", flat=True)[:wanted])
    deep = keyset.mark_of(Issue, Issue.objects.order_by("issued_on", "id")[60], ["issued_on", "id"])
    print(
        json.dumps(
            {
                "findings": queues, "closed": closed, "tokens": tokens,
                "to": {name: {"bureau": c.bureau, "verifier": c.team} for name, c in counties.items()},
                "deep": f"/api/v1/issues/?cursor=newest.after.{deep}",
            }
        )
    )  # fmt: skip
