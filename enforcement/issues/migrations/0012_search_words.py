"""Issues are searched by text, place, code and people too; those there are get the pieces of these words here."""

from typing import Any

from django.db import migrations

from enforcement.issues.search import bigrams_of

BATCH = 2_000
#: One row for each issue of a batch: its key and everything it is searched by. Nobody's name is left out: the timeline
#: shows them all to whoever may read the issue.
WORDS = """
SELECT i.id, i.bigrams, i.number, i.title, i.address, i.description, i.pollution_type, s.name, s.uscc,
    d.name, dp.name, l.name, lp.name,
    ARRAY(SELECT DISTINCT o.name::text FROM timeline_event e JOIN regions_officer o ON o.id = e.actor_id
        WHERE e.subject_type = 'issue' AND e.subject_id = i.id::varchar),
    ARRAY(SELECT f.title || ' ' || f.address || ' ' || f.description FROM findings_finding f WHERE f.issue_id = i.id)
FROM issues_issue i LEFT JOIN regions_site s ON s.id = i.site_id
    JOIN regions_division d ON d.id = i.division_id LEFT JOIN regions_division dp ON dp.id = d.parent_id
    JOIN regions_division l ON l.id = i.located_in_id LEFT JOIN regions_division lp ON lp.id = l.parent_id
WHERE i.id > %s ORDER BY i.id LIMIT %s
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Writes the pieces of every issue that lacks some, in batches."""
    last = 0
    with schema_editor.connection.cursor() as cursor:
        while True:
            cursor.execute(WORDS, [last, BATCH])
            batch = cursor.fetchall()
            if not batch:
                return
            last = batch[-1][0]
            pieces = [
                (sorted({*grams, *bigrams_of(*own, *people, *findings)}), pk, grams)
                for pk, grams, *own, people, findings in batch
            ]
            cursor.executemany(
                "UPDATE issues_issue SET bigrams = %s WHERE id = %s",
                [(found, pk) for found, pk, grams in pieces if found != grams],
            )


class Migration(migrations.Migration):
    dependencies = [("issues", "0011_late_among_open"), ("findings", "0003_search"), ("timeline", "0002_protect")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
