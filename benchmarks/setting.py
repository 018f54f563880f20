"""What every benchmark starts from: Django set up, reference data there, a data set of the size asked for."""

import argparse
import os
import sys
from typing import Any

import django


def begin(name: str, *, issues: int, quick: int, described: str) -> argparse.Namespace:
    """Parses `--quick`, `--issues` and `--rounds`, sets Django up. Call before importing models."""
    parser = argparse.ArgumentParser(prog=name, description=described)
    parser.add_argument("--quick", action="store_true", help=f"{quick:,} issues and few rounds")
    parser.add_argument("--issues", type=int, default=0, help=f"size of the data set (default {issues:,})")
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each measurement")
    options = parser.parse_args()
    options.issues = options.issues or (quick if options.quick else issues)
    options.rounds = options.rounds or (2 if options.quick else 5)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    os.environ["STATEMENT_TIMEOUT_MS"] = "0"
    django.setup()
    return options


def data_set(count: int) -> Any:
    """The cast, over a database that holds exactly `count` issues: loaded unless it is there already."""
    from benchmarks.seed import load, loaded, make_cast
    from enforcement.desk.reference import load_all
    from enforcement.issues.models import DeadlinePolicy
    from regions.models import WorkCalendar

    owner_url = os.environ["DATABASE_OWNER_URL"]
    load_all()
    cast = make_cast()
    have = loaded(owner_url)
    if have == 0:
        policy = DeadlinePolicy.objects.order_by("pk").first()
        assert policy is not None
        load(count, cast, policy.pk, WorkCalendar.current().pk, owner_url)
    elif have < count:
        sys.exit(f"the benchmark database holds {have:,} issues, not {count:,}: remove var/bench and run again")
    return cast
