"""Two indexes nobody asked by, written with every event: they are dropped alone, the keys they stood for stay checked."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT

FORWARD = """
DROP INDEX timeline_event_actor_id_10c7fb49;
DROP INDEX timeline_event_bureau_id_2ee54a82;
"""
BACKWARD = """
CREATE INDEX timeline_event_actor_id_10c7fb49 ON timeline_event (actor_id);
CREATE INDEX timeline_event_bureau_id_2ee54a82 ON timeline_event (bureau_id);
"""


class Migration(migrations.Migration):
    dependencies = [("timeline", "0005_pledges")]
    operations = [
        migrations.RunSQL(
            FORWARD,
            BACKWARD,
            state_operations=[
                migrations.AlterField(
                    "event", name, models.ForeignKey(to, PROTECT, db_index=False, null=True, related_name="+")
                )
                for name, to in (("actor", settings.AUTH_USER_MODEL), ("bureau", "regions.bureau"))
            ],
        )
    ]
