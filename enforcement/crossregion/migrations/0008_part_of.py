"""A round belongs to a campaign the system holds, where there is one. Rounds from before keep their words alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("crossregion", "0007_told_of"), ("inspections", "0005_monitoring")]
    operations = [
        migrations.AddField(
            model_name="round",
            name="part_of",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="inspections.campaign",
                verbose_name="专项行动",
            ),
        ),
    ]
