"""What is told of a special inspection, an interview or a round under way: an event without a duty, and without an issue."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notices", "0010_special_duties")]
    operations = [
        migrations.AlterField(
            model_name="outbox",
            name="issue",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="issues.issue",
            ),
        ),
        migrations.RemoveConstraint(model_name="notice", name="notice_of_one_thing"),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=Q(issue__isnull=False, team=None, subject=None, duty=None)
                | Q(issue=None, team__isnull=False, subject=None, duty=None)
                | Q(issue=None, team=None, subject__isnull=False)
                & (Q(duty__isnull=False) | Q(event__isnull=False))
                & ~Q(subject_type=""),
                name="notice_of_one_thing",
            ),
        ),
    ]
