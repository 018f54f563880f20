"""Findings follow renames from now on: those of sites renamed before are worked through again by the worker."""

from django.db import migrations

AGAIN = "UPDATE issues_renaming SET done_at = NULL, last = 0 WHERE kind = 'site'"


class Migration(migrations.Migration):
    dependencies = [("findings", "0009_new_sites"), ("issues", "0028_renaming")]
    operations = [migrations.RunSQL(AGAIN, migrations.RunSQL.noop)]
