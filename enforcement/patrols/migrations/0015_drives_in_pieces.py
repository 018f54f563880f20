"""Several files of one drive arrive in pieces, each by itself, and become one upload."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrols", "0014_large_uploads")]

    operations = [
        migrations.AddField(
            model_name="trackarrival",
            name="drive",
            field=models.CharField(blank=True, db_collation="C", default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="trackarrival",
            name="drive_files",
            field=models.PositiveSmallIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="trackarrival",
            name="sha256",
            field=models.CharField(blank=True, db_collation="C", default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="trackarrival",
            name="upload",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="arrivals",
                related_query_name="arrival",
                to="patrols.trackupload",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackarrival",
            constraint=models.CheckConstraint(
                condition=models.Q(("drive", ""), ("drive_files__gte", 2), _connector="XOR"),
                name="track_arrival_drive_of_several",
            ),
        ),
        migrations.AddConstraint(
            model_name="trackarrival",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256", ""), ("received", models.F("size")), _connector="OR"),
                name="track_arrival_summed_when_whole",
            ),
        ),
    ]
