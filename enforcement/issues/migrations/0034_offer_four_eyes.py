"""Who offers a merge doesn't take the offer."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("issues", "0033_merge_offers")]

    operations = [
        migrations.AddConstraint(
            model_name="mergeoffer",
            constraint=models.CheckConstraint(
                condition=~Q(state="taken") | ~Q(ended_by=F("by")), name="an_offer_is_taken_by_another"
            ),
        ),
    ]
