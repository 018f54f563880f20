"""A bureau's open issues are walked newest first along its door, as all of them are (0024)."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("issues", "0029_finding_things")]
    operations = [
        migrations.RemoveIndex("issueparty", "issue_party_open"),
        migrations.AddIndex(
            "issueparty",
            models.Index(
                fields=["bureau", "-issued_on", "-issue"], name="issue_party_open", condition=Q(until=None, open=True)
            ),
        ),
    ]
