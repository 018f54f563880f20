"""The form last filed is remembered, so that a save under way meanwhile doesn't bring its words back."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("findings", "0010_follow_renames")]

    operations = [
        migrations.AddField(model_name="filingdraft", name="filed", field=models.BigIntegerField(null=True)),
    ]
