"""Quality sheets of runs, kept as they were computed; a hot spot of a run that failed needs a named person's reason."""

import uuid

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER quality_sheet_fixed BEFORE UPDATE OR DELETE ON patrols_qualitysheet
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER quality_sheet_whole BEFORE TRUNCATE ON patrols_qualitysheet
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION patrols_quality_rule_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM patrols_qualitysheet WHERE rule_id = OLD.id) THEN
        RAISE EXCEPTION 'a used rule does not change, add a newer one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_fixed BEFORE UPDATE ON patrols_qualityrule
    FOR EACH ROW EXECUTE FUNCTION patrols_quality_rule_fixed();

CREATE OR REPLACE FUNCTION patrols_hot_spot_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fate_part text[] := ARRAY['fate', 'version', 'finding_id', 'issue_id', 'proposed_by_id', 'proposed_at', 'reason',
                              'decided_by_id', 'decided_at', 'quality_reason', 'quality_by_id'];
BEGIN
    IF (to_jsonb(NEW) - fate_part) <> (to_jsonb(OLD) - fate_part) THEN
        RAISE EXCEPTION 'the numbers of a hot spot do not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.fate <> 'open' THEN
        RAISE EXCEPTION 'the fate of a hot spot is final: %', OLD.fate USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION patrols_quality_excused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.quality_reason = '' AND 'failed' = (
        SELECT verdict FROM patrols_qualitysheet WHERE run_id = NEW.run_id ORDER BY number DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'a run that failed its quality control needs a reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER quality_excused BEFORE UPDATE ON patrols_hotspot FOR EACH ROW
    WHEN (NEW.fate IN ('finding', 'joined')) EXECUTE FUNCTION patrols_quality_excused();
"""
BACKWARD = """
DROP TRIGGER quality_excused ON patrols_hotspot;
DROP FUNCTION patrols_quality_excused();
CREATE OR REPLACE FUNCTION patrols_hot_spot_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fate_part text[] := ARRAY['fate', 'version', 'finding_id', 'issue_id', 'proposed_by_id', 'proposed_at', 'reason',
                              'decided_by_id', 'decided_at'];
BEGIN
    IF (to_jsonb(NEW) - fate_part) <> (to_jsonb(OLD) - fate_part) THEN
        RAISE EXCEPTION 'the numbers of a hot spot do not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.fate <> 'open' THEN
        RAISE EXCEPTION 'the fate of a hot spot is final: %', OLD.fate USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER rule_fixed ON patrols_qualityrule;
DROP FUNCTION patrols_quality_rule_fixed();
DROP TRIGGER quality_sheet_whole ON patrols_qualitysheet;
DROP TRIGGER quality_sheet_fixed ON patrols_qualitysheet;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("findings", "0005_reviewers"),
        ("issues", "0011_late_among_open"),
        ("patrols", "0007_instruments"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="QualityRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("valid_from", models.DateField(unique=True, verbose_name="生效日期")),
                (
                    "warm_up_min",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="预热至少（分钟）",
                    ),
                ),
                (
                    "zero_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="零点检查最长间隔（小时）",
                    ),
                ),
                (
                    "span_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="跨度检查最长间隔（小时）",
                    ),
                ),
                (
                    "span_max_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="跨度偏差上限（%）",
                    ),
                ),
                (
                    "min_valid_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="有效率下限（%）",
                    ),
                ),
                (
                    "gap_s",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="视为定位中断的间隔（秒）",
                    ),
                ),
                (
                    "max_gap_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="定位中断时间上限（%）",
                    ),
                ),
                (
                    "clock_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(8760),
                        ],
                        verbose_name="校时最长间隔（小时）",
                    ),
                ),
                (
                    "max_offset_s",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(3600),
                        ],
                        verbose_name="时钟偏差上限（秒）",
                    ),
                ),
                (
                    "idle_kmh",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="自采尾气：车速不超过（km/h）",
                    ),
                ),
                (
                    "tail_deg",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="自采尾气：风来自正后方两侧（度）",
                    ),
                ),
                (
                    "max_exhaust_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="自采尾气时间上限（%）",
                    ),
                ),
                ("missing_fails", models.BooleanField(default=False, verbose_name="没有记录视为不合格")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
            ],
            options={
                "verbose_name": "走航质控规则",
                "verbose_name_plural": "走航质控规则",
                "ordering": ["-valid_from"],
            },
        ),
        migrations.CreateModel(
            name="QualityRuleEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("valid_from", models.DateField(verbose_name="生效日期")),
                (
                    "warm_up_min",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="预热至少（分钟）",
                    ),
                ),
                (
                    "zero_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="零点检查最长间隔（小时）",
                    ),
                ),
                (
                    "span_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="跨度检查最长间隔（小时）",
                    ),
                ),
                (
                    "span_max_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="跨度偏差上限（%）",
                    ),
                ),
                (
                    "min_valid_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="有效率下限（%）",
                    ),
                ),
                (
                    "gap_s",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(600),
                        ],
                        verbose_name="视为定位中断的间隔（秒）",
                    ),
                ),
                (
                    "max_gap_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="定位中断时间上限（%）",
                    ),
                ),
                (
                    "clock_max_h",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0.1),
                            django.core.validators.MaxValueValidator(8760),
                        ],
                        verbose_name="校时最长间隔（小时）",
                    ),
                ),
                (
                    "max_offset_s",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(3600),
                        ],
                        verbose_name="时钟偏差上限（秒）",
                    ),
                ),
                (
                    "idle_kmh",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="自采尾气：车速不超过（km/h）",
                    ),
                ),
                (
                    "tail_deg",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(180),
                        ],
                        verbose_name="自采尾气：风来自正后方两侧（度）",
                    ),
                ),
                (
                    "max_exhaust_percent",
                    models.FloatField(
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="自采尾气时间上限（%）",
                    ),
                ),
                ("missing_fails", models.BooleanField(default=False, verbose_name="没有记录视为不合格")),
                ("basis", models.CharField(max_length=200, verbose_name="依据")),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="QualitySheet",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[("passed", "质控合格"), ("failed", "质控不合格"), ("missing", "质控记录不全")],
                        max_length=10,
                        verbose_name="质控",
                    ),
                ),
                ("items", models.JSONField(default=list)),
                ("calibrations", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["run", "-number"],
            },
        ),
        migrations.AddField(
            model_name="hotspot",
            name="quality_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="hotspot",
            name="quality_reason",
            field=models.CharField(blank=True, max_length=500, verbose_name="质控不合格仍采用的理由"),
        ),
        migrations.AddConstraint(
            model_name="hotspot",
            constraint=models.CheckConstraint(
                condition=models.Q(("quality_reason", ""), ("quality_by__isnull", False), _connector="XOR"),
                name="hot_spot_quality_reason_is_named",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="qualityrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_qualityruleevent" ("basis", "clock_max_h", "gap_s", "id", "idle_kmh", "max_exhaust_percent", "max_gap_percent", "max_offset_s", "min_valid_percent", "missing_fails", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "span_max_h", "span_max_percent", "tail_deg", "valid_from", "warm_up_min", "zero_max_h") VALUES (NEW."basis", NEW."clock_max_h", NEW."gap_s", NEW."id", NEW."idle_kmh", NEW."max_exhaust_percent", NEW."max_gap_percent", NEW."max_offset_s", NEW."min_valid_percent", NEW."missing_fails", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."span_max_h", NEW."span_max_percent", NEW."tail_deg", NEW."valid_from", NEW."warm_up_min", NEW."zero_max_h"); RETURN NULL;',
                    hash="f8fe452db31ca02ed126844943cfe8083ce9a1d7",
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
                    func='INSERT INTO "patrols_qualityruleevent" ("basis", "clock_max_h", "gap_s", "id", "idle_kmh", "max_exhaust_percent", "max_gap_percent", "max_offset_s", "min_valid_percent", "missing_fails", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "span_max_h", "span_max_percent", "tail_deg", "valid_from", "warm_up_min", "zero_max_h") VALUES (NEW."basis", NEW."clock_max_h", NEW."gap_s", NEW."id", NEW."idle_kmh", NEW."max_exhaust_percent", NEW."max_gap_percent", NEW."max_offset_s", NEW."min_valid_percent", NEW."missing_fails", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."span_max_h", NEW."span_max_percent", NEW."tail_deg", NEW."valid_from", NEW."warm_up_min", NEW."zero_max_h"); RETURN NULL;',
                    hash="e3c52ceefa0421299d6b735384b83b1994015421",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_743c7",
                    table="patrols_qualityrule",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddField(
            model_name="qualityruleevent",
            name="pgh_context",
            field=models.ForeignKey(
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="pghistory.context",
            ),
        ),
        migrations.AddField(
            model_name="qualityruleevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="patrols.qualityrule",
            ),
        ),
        migrations.AddField(
            model_name="qualitysheet",
            name="made_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="qualitysheet",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="patrols.qualityrule"
            ),
        ),
        migrations.AddField(
            model_name="qualitysheet",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="quality_sheets", to="patrols.patrolrun"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="qualityruleevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9ca78782bb7011cb95619ed9f820d6a6bdbbd9ee",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_42761",
                    table="patrols_qualityruleevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="qualitysheet",
            constraint=models.UniqueConstraint(fields=("run", "number"), name="quality_sheet_number_once"),
        ),
        migrations.AddConstraint(
            model_name="qualitysheet",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__gt", 0)), name="quality_sheet_counts_from_one"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
