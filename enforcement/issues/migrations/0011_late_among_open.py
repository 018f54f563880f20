"""The index of what is open carries the due date: a list of late issues passes the others over without reading them."""

from django.db import migrations, models

OPEN = models.Q(
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


class Migration(migrations.Migration):
    dependencies = [("issues", "0010_issue_numbers")]
    operations = [
        migrations.RemoveIndex("issue", "issue_open"),
        migrations.AddIndex("issue", models.Index(fields=["-id", "due_on"], name="issue_open", condition=OPEN)),
    ]
