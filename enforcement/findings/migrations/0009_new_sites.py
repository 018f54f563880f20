"""New sites stated with a finding: kept whatever becomes of them, and fixed once settled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER proposed_site_kept BEFORE DELETE ON findings_proposedsite
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER proposed_site_whole BEFORE TRUNCATE ON findings_proposedsite
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER proposed_site_fixed BEFORE UPDATE ON findings_proposedsite
    FOR EACH ROW WHEN (OLD.fate <> 'waiting') EXECUTE FUNCTION liankong_refuse();
"""
BACKWARD = """
DROP TRIGGER proposed_site_kept ON findings_proposedsite;
DROP TRIGGER proposed_site_whole ON findings_proposedsite;
DROP TRIGGER proposed_site_fixed ON findings_proposedsite;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("findings", "0008_questions"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="finding",
            name="site_waits",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="ProposedSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                (
                    "uscc",
                    models.CharField(blank=True, db_collation="C", max_length=18, verbose_name="统一社会信用代码"),
                ),
                ("industry", models.CharField(blank=True, max_length=60, verbose_name="行业")),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("waiting", "待审核"),
                            ("entered", "已登记"),
                            ("known", "名册中已有"),
                            ("refused", "不予登记"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("proposed_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="proposed_sites",
                        to="findings.finding",
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.site"
                    ),
                ),
            ],
            options={
                "verbose_name": "新点位",
                "verbose_name_plural": "新点位",
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("fate", "waiting")), fields=("finding",), name="proposed_site_waits_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fate", "waiting"), ("settled_at", None), ("settled_by", None)),
                            models.Q(
                                models.Q(("fate", "waiting"), _negated=True),
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="proposed_site_settled_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fate__in", ["entered", "known"]), ("site__isnull", False)),
                            models.Q(models.Q(("fate__in", ["entered", "known"]), _negated=True), ("site", None)),
                            _connector="OR",
                        ),
                        name="proposed_site_leads_to_a_site",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
