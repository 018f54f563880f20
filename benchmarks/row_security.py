"""Row-level security as a second wall on the issue table: what the list, the bigram search and the map box cost with it.

    python3 run.py bench row_security            # 1,000,000 issues
    python3 run.py bench row_security --quick    # 20,000

The same three statements, with the application's own scope in each, as the application role: without a policy and with
one that repeats the scope from session settings. Median of the rounds, one run, one connection. docs/adr/0004 decides by
the ratios: a second wall is worth it while each stays under 2. The policy is removed at the end. Synthetic data.
"""

import json
import os
import statistics
import time
from typing import Any

import psycopg

from benchmarks.rig.databases import database, on
from benchmarks.rig.setting import arguments

SCOPE = """(division_id = ANY (%(divisions)s) OR id IN (
    SELECT p.issue_id FROM issues_issueparty p WHERE p.until IS NULL AND p.bureau_id = ANY (%(bureaus)s)))"""
POLICY = """
CREATE POLICY second_wall ON issues_issue FOR SELECT USING (
    division_id = ANY (current_setting('liankong.divisions')::bigint[])
    OR id IN (SELECT p.issue_id FROM issues_issueparty p WHERE p.until IS NULL
              AND p.bureau_id = ANY (current_setting('liankong.bureaus')::bigint[])))
"""
STATEMENTS = {
    "list": f"SELECT id, number, state FROM issues_issue WHERE {SCOPE} ORDER BY id DESC LIMIT 50",
    "search": (
        f"SELECT id, number, state FROM issues_issue WHERE {SCOPE} AND bigrams @> ARRAY['09', '97', '71', '焦化']::varchar[] "
        "ORDER BY id DESC LIMIT 50"
    ),
    "box": (
        f"SELECT id, lon, lat FROM issues_issue WHERE {SCOPE} "
        "AND point(lon, lat) <@ box(point(112.55, 37.86), point(112.62, 37.92)) LIMIT 500"
    ),
}


def measure(app: "psycopg.Connection[Any]", scope: dict[str, list[int]], rounds: int) -> dict[str, float]:
    """Milliseconds per statement."""
    for name, members in scope.items():
        app.execute("SELECT set_config(%s, %s, false)", [f"liankong.{name}", "{" + ",".join(map(str, members)) + "}"])
    found: dict[str, float] = {}
    for name, statement in STATEMENTS.items():
        times = []
        for _ in range(rounds + 1):
            began = time.perf_counter()
            app.execute(statement, scope).fetchall()
            times.append((time.perf_counter() - began) * 1000)
        found[name] = statistics.median(times[1:])
    return found


def main() -> None:
    options = arguments("row_security", issues=1_000_000, quick=20_000, described=__doc__ or "")
    database(options.issues)
    urls = on(options.issues)
    with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as owner:
        city = owner.execute(
            "SELECT array_agg(id) FROM regions_division WHERE code >= '140100' AND code < '140200'"
        ).fetchone()
        county = owner.execute(
            "SELECT array_agg(b.id) FROM regions_bureau b JOIN regions_division d ON d.id = b.division_id "
            "WHERE d.code = '140107'"
        ).fetchone()
        assert city
        assert county
        scopes = {"city": {"divisions": city[0], "bureaus": []}, "county": {"divisions": [], "bureaus": county[0]}}
        owner.execute("CREATE INDEX IF NOT EXISTS bench_box ON issues_issue USING gist (point(lon, lat))")
        owner.execute("ANALYZE issues_issue")
        owner.execute("GRANT SELECT ON issues_issue TO liankong_app")
        result: dict[str, Any] = {}
        with psycopg.connect(urls["DATABASE_URL"], autocommit=True) as app:
            before = {name: measure(app, scope, options.rounds * 3) for name, scope in scopes.items()}
            try:
                owner.execute("ALTER TABLE issues_issue ENABLE ROW LEVEL SECURITY")
                owner.execute(POLICY)
                after = {name: measure(app, scope, options.rounds * 3) for name, scope in scopes.items()}
            finally:
                owner.execute("DROP POLICY IF EXISTS second_wall ON issues_issue")
                owner.execute("ALTER TABLE issues_issue DISABLE ROW LEVEL SECURITY")
                owner.execute("DROP INDEX bench_box")
    print(f"{'scope':<10}{'statement':<10}{'without ms':>12}{'with ms':>12}{'ratio':>8}")
    for scope, values in before.items():
        for name, value in values.items():
            ratio = after[scope][name] / value
            result[f"RLS {scope} {name}"] = {"value": round(ratio, 2), "goal": 2, "unit": "x without the policy"}
            print(f"{scope:<10}{name:<10}{value:>12.2f}{after[scope][name]:>12.2f}{ratio:>8.1f}")
    print(json.dumps({"name": "row_security", "issues": options.issues, "synthetic": True, "goals": result}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    main()
