"""Lists by the day of closing, and of the few that are starred or came from an old ledger, have their indexes."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("issues", "0018_letters")]
    operations = [
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(fields=["closed_at"], name="issue_closed", condition=Q(closed_at__isnull=False)),
        ),
        migrations.AddIndex(
            model_name="issue", index=models.Index(fields=["-id"], name="issue_starred", condition=Q(starred=True))
        ),
        migrations.AddIndex(
            model_name="issue", index=models.Index(fields=["-id"], name="issue_imported", condition=Q(imported=True))
        ),
    ]
