"""The register of instruments, vehicles and crews, with a log that is written once and only voided."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE TRIGGER instrument_log_kept BEFORE DELETE ON patrols_instrumentlog
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER instrument_log_whole BEFORE TRUNCATE ON patrols_instrumentlog
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER crew_kept BEFORE DELETE ON patrols_crewmember FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER crew_whole BEFORE TRUNCATE ON patrols_crewmember FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION patrols_log_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    voiding text[] := ARRAY['voided_at', 'voided_by_id', 'void_reason'];
BEGIN
    IF (to_jsonb(NEW) - voiding) <> (to_jsonb(OLD) - voiding) OR OLD.voided_at IS NOT NULL THEN
        RAISE EXCEPTION 'a line of the log does not change, it can only be voided once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER log_fixed BEFORE UPDATE ON patrols_instrumentlog FOR EACH ROW EXECUTE FUNCTION patrols_log_fixed();
"""
BACKWARD = """
DROP TRIGGER log_fixed ON patrols_instrumentlog;
DROP FUNCTION patrols_log_fixed();
DROP TRIGGER crew_whole ON patrols_crewmember;
DROP TRIGGER crew_kept ON patrols_crewmember;
DROP TRIGGER instrument_log_whole ON patrols_instrumentlog;
DROP TRIGGER instrument_log_kept ON patrols_instrumentlog;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0006_ground_and_redrives"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CrewMember",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                (
                    "duty",
                    models.CharField(
                        choices=[
                            ("operator", "仪器操作"),
                            ("driver", "驾驶"),
                            ("quality", "质控"),
                            ("analyst", "数据分析"),
                        ],
                        max_length=10,
                        verbose_name="职责",
                    ),
                ),
                ("certificate", models.CharField(blank=True, max_length=80, verbose_name="培训或上岗证")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                ("synthetic", models.BooleanField(default=False)),
            ],
            options={
                "verbose_name": "走航人员",
                "verbose_name_plural": "走航人员",
                "ordering": ["-since", "-id"],
            },
        ),
        migrations.CreateModel(
            name="CrewMemberEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                (
                    "duty",
                    models.CharField(
                        choices=[
                            ("operator", "仪器操作"),
                            ("driver", "驾驶"),
                            ("quality", "质控"),
                            ("analyst", "数据分析"),
                        ],
                        max_length=10,
                        verbose_name="职责",
                    ),
                ),
                ("certificate", models.CharField(blank=True, max_length=80, verbose_name="培训或上岗证")),
                ("since", models.DateField(verbose_name="起")),
                ("until", models.DateField(blank=True, null=True, verbose_name="止")),
                ("synthetic", models.BooleanField(default=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="InstrumentLog",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("power_on", "开机"),
                            ("zero", "零点检查"),
                            ("span", "跨度检查"),
                            ("clock", "校时"),
                            ("calibration", "校准"),
                        ],
                        max_length=12,
                        verbose_name="类别",
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=60, verbose_name="通道")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("unit", models.CharField(blank=True, max_length=20, verbose_name="单位")),
                ("expected", models.FloatField(null=True, verbose_name="标称值")),
                ("shown", models.FloatField(null=True, verbose_name="示值")),
                ("slope", models.FloatField(null=True, verbose_name="斜率")),
                ("intercept", models.FloatField(null=True, verbose_name="截距")),
                ("offset_s", models.FloatField(null=True, verbose_name="时钟偏差（秒）")),
                ("basis", models.CharField(blank=True, max_length=200, verbose_name="标准物质或依据")),
                ("made_at", models.DateTimeField(verbose_name="登记时间")),
                ("voided_at", models.DateTimeField(null=True)),
                ("void_reason", models.CharField(blank=True, max_length=500, verbose_name="作废理由")),
            ],
            options={
                "verbose_name": "仪器日志",
                "verbose_name_plural": "仪器日志",
                "ordering": ["-at", "-id"],
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="instrument",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="instrument",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="instrumentchannel",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="instrumentchannel",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="vehicle",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="vehicle",
            name="update_update",
        ),
        migrations.AddField(
            model_name="instrument",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ptr_tof", "质子转移反应质谱（PTR-TOF）"),
                    ("spi_tof", "单光子电离质谱（SPI-TOF）"),
                    ("direct_ms", "直接进样质谱"),
                    ("gc_ms", "车载气相色谱质谱（GC-MS）"),
                    ("pid", "光离子化检测器（PID）"),
                    ("fid", "氢火焰离子化检测器（FID）"),
                    ("gas", "常规气体分析仪"),
                    ("particles", "颗粒物分析仪"),
                    ("weather", "气象仪"),
                    ("other", "其他"),
                ],
                default="other",
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            model_name="instrument",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="instrumentchannel",
            name="counted_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "未说明"),
                    ("species", "单一物种"),
                    ("sum", "各物种之和"),
                    ("toluene", "以甲苯计"),
                    ("isobutylene", "以异丁烯计"),
                    ("carbon", "以碳计"),
                ],
                default="",
                max_length=12,
                verbose_name="计量基准",
            ),
        ),
        migrations.AddField(
            model_name="instrumentchannelevent",
            name="counted_as",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "未说明"),
                    ("species", "单一物种"),
                    ("sum", "各物种之和"),
                    ("toluene", "以甲苯计"),
                    ("isobutylene", "以异丁烯计"),
                    ("carbon", "以碳计"),
                ],
                default="",
                max_length=12,
                verbose_name="计量基准",
            ),
        ),
        migrations.AddField(
            model_name="instrumentevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("ptr_tof", "质子转移反应质谱（PTR-TOF）"),
                    ("spi_tof", "单光子电离质谱（SPI-TOF）"),
                    ("direct_ms", "直接进样质谱"),
                    ("gc_ms", "车载气相色谱质谱（GC-MS）"),
                    ("pid", "光离子化检测器（PID）"),
                    ("fid", "氢火焰离子化检测器（FID）"),
                    ("gas", "常规气体分析仪"),
                    ("particles", "颗粒物分析仪"),
                    ("weather", "气象仪"),
                    ("other", "其他"),
                ],
                default="other",
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.AddField(
            model_name="instrumentevent",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="vehicle",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="vehicleevent",
            name="version",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="instrument",
            name="serial",
            field=models.CharField(max_length=60, verbose_name="出厂编号"),
        ),
        migrations.AlterField(
            model_name="vehicle",
            name="plate",
            field=models.CharField(max_length=20, verbose_name="号牌"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="instrument",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_instrumentevent" ("bureau_id", "id", "kind", "method", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_on", "serial", "synthetic", "version") VALUES (NEW."bureau_id", NEW."id", NEW."kind", NEW."method", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."retired_on", NEW."serial", NEW."synthetic", NEW."version"); RETURN NULL;',
                    hash="55974c01020d015a5d2e4ee923c8e878d6f34565",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b70bf",
                    table="patrols_instrument",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="instrument",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_instrumentevent" ("bureau_id", "id", "kind", "method", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_on", "serial", "synthetic", "version") VALUES (NEW."bureau_id", NEW."id", NEW."kind", NEW."method", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."retired_on", NEW."serial", NEW."synthetic", NEW."version"); RETURN NULL;',
                    hash="c3f081935468d38a4d387de7bd01d7563067658b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cbddf",
                    table="patrols_instrument",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="instrumentchannel",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_instrumentchannelevent" ("basis", "channel", "counted_as", "detection_limit", "id", "instrument_id", "lag_s", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "response_s", "unit", "valid_from") VALUES (NEW."basis", NEW."channel", NEW."counted_as", NEW."detection_limit", NEW."id", NEW."instrument_id", NEW."lag_s", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."response_s", NEW."unit", NEW."valid_from"); RETURN NULL;',
                    hash="0dc1355d8e5fe6f62bf26fee021357601f36fcd5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b5427",
                    table="patrols_instrumentchannel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="instrumentchannel",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_instrumentchannelevent" ("basis", "channel", "counted_as", "detection_limit", "id", "instrument_id", "lag_s", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "response_s", "unit", "valid_from") VALUES (NEW."basis", NEW."channel", NEW."counted_as", NEW."detection_limit", NEW."id", NEW."instrument_id", NEW."lag_s", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."response_s", NEW."unit", NEW."valid_from"); RETURN NULL;',
                    hash="2c5161124717a63af367fc716e46332b46b0899c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_d67e7",
                    table="patrols_instrumentchannel",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vehicle",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_vehicleevent" ("bureau_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate", "retired_on", "synthetic", "version") VALUES (NEW."bureau_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."plate", NEW."retired_on", NEW."synthetic", NEW."version"); RETURN NULL;',
                    hash="3fc708ee9e63e31ec9d49a4885b8e8992c4a60d7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_651e4",
                    table="patrols_vehicle",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="vehicle",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_vehicleevent" ("bureau_id", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "plate", "retired_on", "synthetic", "version") VALUES (NEW."bureau_id", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."plate", NEW."retired_on", NEW."synthetic", NEW."version"); RETURN NULL;',
                    hash="23ea9671e586c6e504ebc1da3dfbb005795bc0e3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2abd4",
                    table="patrols_vehicle",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="instrument",
            constraint=models.UniqueConstraint(fields=("bureau", "serial"), name="instrument_once_a_bureau"),
        ),
        migrations.AddConstraint(
            model_name="vehicle",
            constraint=models.UniqueConstraint(fields=("bureau", "plate"), name="vehicle_once_a_bureau"),
        ),
        migrations.AddField(
            model_name="crewmember",
            name="bureau",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="crew_members",
                to="regions.bureau",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="crewmemberevent",
            name="bureau",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                related_query_name="+",
                to="regions.bureau",
                verbose_name="单位",
            ),
        ),
        migrations.AddField(
            model_name="crewmemberevent",
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
            model_name="crewmemberevent",
            name="pgh_obj",
            field=models.ForeignKey(
                db_constraint=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="events",
                to="patrols.crewmember",
            ),
        ),
        migrations.AddField(
            model_name="instrumentlog",
            name="instrument",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="logs",
                to="patrols.instrument",
                verbose_name="走航仪器",
            ),
        ),
        migrations.AddField(
            model_name="instrumentlog",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="instrumentlog",
            name="voided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="crewmember",
            constraint=models.CheckConstraint(
                condition=models.Q(("until", None), ("until__gte", models.F("since")), _connector="OR"),
                name="crew_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="crewmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("until", None)),
                fields=("bureau", "name", "duty"),
                name="crew_member_once_at_a_time",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="crewmember",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_crewmemberevent" ("bureau_id", "certificate", "duty", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "synthetic", "until") VALUES (NEW."bureau_id", NEW."certificate", NEW."duty", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."since", NEW."synthetic", NEW."until"); RETURN NULL;',
                    hash="70c105c7b670f234c13103e7bfb18761df4211fc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f3f21",
                    table="patrols_crewmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="crewmember",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_crewmemberevent" ("bureau_id", "certificate", "duty", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "since", "synthetic", "until") VALUES (NEW."bureau_id", NEW."certificate", NEW."duty", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."since", NEW."synthetic", NEW."until"); RETURN NULL;',
                    hash="11813d401ac9afe36ecc0c9fa5905633b38f9652",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c7ac7",
                    table="patrols_crewmember",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="crewmemberevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="12f9008df38d1176a6b438d0481a44fc8761bfca",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4d946",
                    table="patrols_crewmemberevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="instrumentlog",
            index=models.Index(fields=["instrument", "-at", "-id"], name="instrument_log_newest"),
        ),
        migrations.AddConstraint(
            model_name="instrumentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["calibration", "span", "zero"]), ("channel", ""), _connector="XOR"),
                name="instrument_log_channel_where_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind__in", ["zero", "span"]), _negated=True),
                    models.Q(("expected__isnull", False), ("shown__isnull", False)),
                    _connector="OR",
                ),
                name="instrument_log_check_has_values",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "calibration"), _negated=True),
                    models.Q(("intercept__isnull", False), ("slope__gt", 0)),
                    _connector="OR",
                ),
                name="instrument_log_calibration_has_a_line",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "clock"), _negated=True), ("offset_s__isnull", False), _connector="OR"
                ),
                name="instrument_log_clock_has_an_offset",
            ),
        ),
        migrations.AddConstraint(
            model_name="instrumentlog",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("void_reason", ""), ("voided_at", None), ("voided_by", None)),
                    models.Q(
                        ("voided_at__isnull", False),
                        ("voided_by__isnull", False),
                        models.Q(("void_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="instrument_log_voided_whole",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
