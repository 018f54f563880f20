"""Findings are searched by two-character pieces, as issues are; those already filed get theirs here."""

from typing import Any

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models

from enforcement.issues.search import bigrams_of

BATCH = 2_000


def fill(apps: Any, schema_editor: Any) -> None:
    """Writes the pieces of every finding that has none yet, in batches."""
    findings = apps.get_model("findings", "Finding").objects.filter(bigrams=[]).order_by("pk")
    rows = findings.values_list("pk", "title", "address", "site__name")
    last = None
    while batch := list((rows.filter(pk__gt=last) if last else rows)[:BATCH]):
        last = batch[-1][0]
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE findings_finding SET bigrams = %s WHERE id = %s",
                [(bigrams_of(*texts), pk) for pk, *texts in batch],
            )


class Migration(migrations.Migration):
    dependencies = [("findings", "0002_guards")]
    operations = [
        migrations.AddField(
            model_name="finding",
            name="bigrams",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=2), db_default=[], default=list, editable=False, size=None
            ),
        ),
        # First the index, then the rows: an index can't be made while the table has changes to check.
        migrations.AddIndex(
            model_name="finding",
            index=django.contrib.postgres.indexes.GinIndex(fields=["bigrams"], name="finding_bigrams"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
