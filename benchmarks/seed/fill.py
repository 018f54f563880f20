"""Fills DATABASE_URL with exactly COUNT issues unless they are there: `python -m benchmarks.seed.fill COUNT`."""

import os
import sys

import django

if __name__ == "__main__":
    django.setup()
    from django.db import connection

    from benchmarks.seed.cast import make_cast
    from benchmarks.seed.load import load, loaded
    from enforcement.issues.models import DeadlinePolicy
    from enforcement.statistics.folding import differences, rebuild
    from regions.models import WorkCalendar

    count, owner_url = int(sys.argv[1]), os.environ["DATABASE_OWNER_URL"]
    cast = make_cast()
    policy, calendar = DeadlinePolicy.objects.order_by("pk")[0].pk, WorkCalendar.current().pk
    connection.close()  # the loading processes must not share it
    if loaded(owner_url) == 0:
        load(count, cast, policy, calendar, owner_url)
        rebuild()
    if unequal := differences():
        sys.exit(f"the counters differ from their recount: {unequal[:3]}")
