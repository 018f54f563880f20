"""Indexes by which lists, board, calendar and map find their rows among a million (docs/performance.md)."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

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


def _index(name: str, *fields: str, **more: object) -> migrations.AddIndex:
    return migrations.AddIndex("issue", models.Index(fields=fields, name=f"issue_{name}", **more))


def _key(to: str, words: str | None = None, related_name: str = "+", **more: object) -> models.ForeignKey:
    return models.ForeignKey(to, models.PROTECT, related_name=related_name, verbose_name=words, db_index=False, **more)


class Migration(migrations.Migration):
    dependencies = [("issues", "0028_renaming")]
    operations = [
        # Covered by indexes that begin alike, or asked by nobody: what every new row pays for.
        migrations.AlterField("issue", "division", _key("regions.division", "责任区划", related_name="issues")),
        migrations.AlterField(
            "issue", "site", _key("regions.site", "点位", related_name="issues", null=True, blank=True)
        ),
        migrations.AlterField("issue", "issued_by", _key(settings.AUTH_USER_MODEL)),
        migrations.RemoveIndex("issue", "issue_open_due"),
        _index("open_due", "due_on", "id", include=["paused"], condition=OPEN),
        _index("open_state", "state", "due_on", "id", condition=OPEN),
        _index("open_place", "lon", "lat", include=["due_on"], condition=OPEN),
        _index("due", "due_on", "id"),
        _index("first_due", "first_due_on"),
        _index("place", "lon", "lat"),
        _index("source", "source", *NEWEST),
        _index("provisional", *NEWEST, condition=Q(provisional=True)),
        _index("extended", *NEWEST, condition=Q(due_on__gt=F("first_due_on"))),
        _index("synthetic", *NEWEST, condition=Q(synthetic=True)),
    ]
