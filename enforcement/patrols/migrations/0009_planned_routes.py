"""Patrol campaigns, planned routes, and notes of runs; routes and notes never change, campaigns are only voided."""

import uuid

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER campaign_kept BEFORE DELETE ON patrols_patrolcampaign
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER campaign_whole BEFORE TRUNCATE ON patrols_patrolcampaign
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER planned_route_fixed BEFORE UPDATE OR DELETE ON patrols_plannedroute
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER planned_route_whole BEFORE TRUNCATE ON patrols_plannedroute
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER run_note_fixed BEFORE UPDATE OR DELETE ON patrols_runnote
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER run_note_whole BEFORE TRUNCATE ON patrols_runnote
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""
BACKWARD = """
DROP TRIGGER run_note_whole ON patrols_runnote;
DROP TRIGGER run_note_fixed ON patrols_runnote;
DROP TRIGGER planned_route_whole ON patrols_plannedroute;
DROP TRIGGER planned_route_fixed ON patrols_plannedroute;
DROP TRIGGER campaign_whole ON patrols_patrolcampaign;
DROP TRIGGER campaign_kept ON patrols_patrolcampaign;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0008_quality"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PatrolCampaign",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="名称")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(verbose_name="止")),
                ("method_basis", models.CharField(blank=True, max_length=300, verbose_name="方法依据")),
                ("version", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("voided_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "走航专项",
                "verbose_name_plural": "走航专项",
                "ordering": ["-since", "-id"],
            },
        ),
        migrations.CreateModel(
            name="PlannedRoute",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=80, verbose_name="路线名称")),
                ("line", models.JSONField()),
                ("km", models.DecimalField(decimal_places=3, max_digits=7, verbose_name="长度（公里）")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "计划路线",
                "verbose_name_plural": "计划路线",
                "ordering": ["campaign", "made_at"],
            },
        ),
        migrations.CreateModel(
            name="RunNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("covered", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("tolerance_m", models.FloatField(null=True)),
                (
                    "temperature_c",
                    models.FloatField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-50),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="气温（℃）",
                    ),
                ),
                (
                    "humidity_percent",
                    models.FloatField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="相对湿度（%）",
                    ),
                ),
                (
                    "wind_from_deg",
                    models.FloatField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(360),
                        ],
                        verbose_name="风向（度）",
                    ),
                ),
                (
                    "wind_ms",
                    models.FloatField(
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(60),
                        ],
                        verbose_name="风速（m/s）",
                    ),
                ),
                (
                    "sky",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("clear", "晴"),
                            ("cloudy", "多云"),
                            ("overcast", "阴"),
                            ("fog", "雾或霾"),
                            ("dust", "扬沙"),
                            ("rain", "雨"),
                            ("snow", "雪"),
                        ],
                        max_length=10,
                        verbose_name="天气",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=80, verbose_name="气象来源")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["run", "-number"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="qualityrule",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="qualityrule",
            name="update_update",
        ),
        migrations.AddField(
            model_name="qualityrule",
            name="route_tolerance_m",
            field=models.FloatField(
                default=50,
                validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(500)],
                verbose_name="计划路线容差（米）",
            ),
        ),
        migrations.AddField(
            model_name="qualityruleevent",
            name="route_tolerance_m",
            field=models.FloatField(
                default=50,
                validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(500)],
                verbose_name="计划路线容差（米）",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="qualityrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_qualityruleevent" ("basis", "clock_max_h", "gap_s", "id", "idle_kmh", "max_exhaust_percent", "max_gap_percent", "max_offset_s", "min_valid_percent", "missing_fails", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "route_tolerance_m", "span_max_h", "span_max_percent", "tail_deg", "valid_from", "warm_up_min", "zero_max_h") VALUES (NEW."basis", NEW."clock_max_h", NEW."gap_s", NEW."id", NEW."idle_kmh", NEW."max_exhaust_percent", NEW."max_gap_percent", NEW."max_offset_s", NEW."min_valid_percent", NEW."missing_fails", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."route_tolerance_m", NEW."span_max_h", NEW."span_max_percent", NEW."tail_deg", NEW."valid_from", NEW."warm_up_min", NEW."zero_max_h"); RETURN NULL;',
                    hash="4efd19b9e8dc18af978e35d45bc22abd4eafc63b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_72bec",
                    table="patrols_qualityrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="qualityrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_qualityruleevent" ("basis", "clock_max_h", "gap_s", "id", "idle_kmh", "max_exhaust_percent", "max_gap_percent", "max_offset_s", "min_valid_percent", "missing_fails", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "route_tolerance_m", "span_max_h", "span_max_percent", "tail_deg", "valid_from", "warm_up_min", "zero_max_h") VALUES (NEW."basis", NEW."clock_max_h", NEW."gap_s", NEW."id", NEW."idle_kmh", NEW."max_exhaust_percent", NEW."max_gap_percent", NEW."max_offset_s", NEW."min_valid_percent", NEW."missing_fails", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."route_tolerance_m", NEW."span_max_h", NEW."span_max_percent", NEW."tail_deg", NEW."valid_from", NEW."warm_up_min", NEW."zero_max_h"); RETURN NULL;',
                    hash="68ccddbbb50b5fede7006fc8f1b1dc5ada01b84f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_743c7",
                    table="patrols_qualityrule",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="patrolcampaign",
            name="bureau",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patrol_campaigns",
                to="regions.bureau",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="patrolcampaign",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="plannedroute",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="routes",
                to="patrols.patrolcampaign",
                verbose_name="走航专项",
            ),
        ),
        migrations.AddField(
            model_name="plannedroute",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="campaign",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notes",
                to="patrols.patrolcampaign",
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="route",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="patrols.plannedroute"
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="rule",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patrols.qualityrule"
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="notes", to="patrols.patrolrun"
            ),
        ),
        migrations.AddConstraint(
            model_name="patrolcampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(("until__gte", models.F("since"))), name="patrol_campaign_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedroute",
            constraint=models.UniqueConstraint(fields=("campaign", "name"), name="planned_route_named_once"),
        ),
        migrations.AddConstraint(
            model_name="plannedroute",
            constraint=models.CheckConstraint(condition=models.Q(("km__gt", 0)), name="planned_route_has_a_length"),
        ),
        migrations.AddConstraint(
            model_name="runnote",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="run_note_number_once"),
        ),
        migrations.AddConstraint(
            model_name="runnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("covered", None), ("route", None), ("rule", None), ("tolerance_m", None)),
                    models.Q(
                        ("covered__gte", 0),
                        ("covered__lte", 1),
                        ("route__isnull", False),
                        ("rule__isnull", False),
                        ("tolerance_m__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="run_note_covers_its_route",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
