"""The whole of what an action could have touched, as one fingerprint a table: a refusal must leave every row as it was."""

from django.db import connection

#: Tables of the apps an action writes to; sequences may move on, rows may not.
APPS = ("issues_", "findings_", "timeline_", "notices_", "statistics_", "patrols_hotspot")


def everything() -> dict[str, str]:
    """Each table's rows in one digest."""
    names = [name for name in connection.introspection.table_names() if name.startswith(APPS)]
    found = {}
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
            )
            found[name] = "{} {}".format(*cursor.fetchone())
    assert len(found) > 30
    return found
