"""A stage's date counted again while its clock stands is kept with the pause, beside the one it was paused with."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0026_inner_due")]
    operations = [
        migrations.AddField(
            model_name="pause",
            name="stage_due_on_recounted",
            field=models.DateField(null=True),
        ),
    ]
