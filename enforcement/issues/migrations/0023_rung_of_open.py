"""A done issue is under no supervision: 0021 had filled in the level for those too."""

from django.db import migrations

from enforcement.issues.lifecycle import DONE

_DONE = ", ".join(f"'{state.value}'" for state in sorted(DONE))


class Migration(migrations.Migration):
    dependencies = [("issues", "0022_newest_by_day")]
    operations = [
        migrations.RunSQL(
            f"UPDATE issues_issue SET rung = '' WHERE rung <> '' AND state IN ({_DONE})", migrations.RunSQL.noop
        )
    ]
