"""Lists newest first go by the day of first issuing: what a ledger brought in late stands where it was lived."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

NEWEST = ("-issued_on", "-id")
OPEN = Q(
    state__in=[
        "acknowledged",
        "feedback_submitted",
        "interim_closed",
        "issued",
        "rectifying",
        "returned",
        "verified",
        "verifying",
    ]
)
#: Those of the few: name -> condition.
FEW = {
    "paused": Q(paused=True),
    "listed": Q(listed=True),
    "supervised": ~Q(rung=""),
    "starred": Q(starred=True),
    "imported": Q(imported=True),
}


def _index(name: str, *fields: str, condition: Q | None = None) -> migrations.AddIndex:
    return migrations.AddIndex("issue", models.Index(fields=fields, name=f"issue_{name}", condition=condition))


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0021_ladder"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterModelOptions(
            "issue", {"ordering": NEWEST, "verbose_name": "问题", "verbose_name_plural": "问题"}
        ),
        *(
            migrations.RemoveIndex("issue", f"issue_{name}")
            for name in ("division", "state", "issued_on", "open", *FEW)
        ),
        _index("newest", *NEWEST),
        _index("division", "division", *NEWEST),
        _index("state", "state", *NEWEST),
        _index("open", *NEWEST, "due_on", condition=OPEN),
        *(_index(name, *NEWEST, condition=condition) for name, condition in FEW.items()),
        migrations.AddIndex("handoff", models.Index(fields=["-issued_at", "-id"], name="handoff_newest")),
    ]
