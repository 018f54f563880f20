import django.core.validators
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0015_drives_in_pieces"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="hotspotrule",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="hotspotrule",
            name="update_update",
        ),
        migrations.AddField(
            model_name="hotspotrule",
            name="calm_ms",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(5)],
                verbose_name="静风不判：平均风速低于（m/s）",
            ),
        ),
        migrations.AddField(
            model_name="hotspotrule",
            name="fast_kmh",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(200)],
                verbose_name="过快不判：行驶中平均车速高于（km/h）",
            ),
        ),
        migrations.AddField(
            model_name="hotspotrule",
            name="least_members",
            field=models.PositiveSmallIntegerField(
                default=2,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)],
                verbose_name="至少测到的组分数",
            ),
        ),
        migrations.AddField(
            model_name="hotspotrule",
            name="members",
            field=models.CharField(
                blank=True,
                help_text="按多种物质之和判定时，填各物质名称，用分号分开（“物质”中登记的别名同样认）；“通道”填这一组的名称。",
                max_length=300,
                verbose_name="组分",
            ),
        ),
        migrations.AddField(
            model_name="hotspotrule",
            name="slow_kmh",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(40)],
                verbose_name="过慢不判：行驶中平均车速低于（km/h）",
            ),
        ),
        migrations.AddField(
            model_name="hotspotruleevent",
            name="calm_ms",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(5)],
                verbose_name="静风不判：平均风速低于（m/s）",
            ),
        ),
        migrations.AddField(
            model_name="hotspotruleevent",
            name="fast_kmh",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(200)],
                verbose_name="过快不判：行驶中平均车速高于（km/h）",
            ),
        ),
        migrations.AddField(
            model_name="hotspotruleevent",
            name="least_members",
            field=models.PositiveSmallIntegerField(
                default=2,
                validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(50)],
                verbose_name="至少测到的组分数",
            ),
        ),
        migrations.AddField(
            model_name="hotspotruleevent",
            name="members",
            field=models.CharField(
                blank=True,
                help_text="按多种物质之和判定时，填各物质名称，用分号分开（“物质”中登记的别名同样认）；“通道”填这一组的名称。",
                max_length=300,
                verbose_name="组分",
            ),
        ),
        migrations.AddField(
            model_name="hotspotruleevent",
            name="slow_kmh",
            field=models.FloatField(
                default=0,
                validators=[django.core.validators.MinValueValidator(0), django.core.validators.MaxValueValidator(40)],
                verbose_name="过慢不判：行驶中平均车速低于（km/h）",
            ),
        ),
        migrations.AddField(
            model_name="runnote",
            name="spans",
            field=models.JSONField(null=True),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hotspotrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "patrols_hotspotruleevent" ("background_min", "basis", "calm_ms", "channel", "fast_kmh", "floor", "id", "idle_kmh", "least_members", "max_rise", "medium_dose", "medium_peak", "members", "merge_gap_m", "merge_gap_s", "min_duration_s", "min_hold", "min_moving_s", "min_steady", "min_window_share", "name", "percentile", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ratio", "release_share", "repeat_after_s", "repeat_m", "restart_gap_s", "severe_dose", "severe_peak", "slow_kmh", "spike_s", "step_s", "stop_max_s", "stop_min_s", "tracer", "tracer_ratio", "unit", "valid_from", "window_s") VALUES (NEW."background_min", NEW."basis", NEW."calm_ms", NEW."channel", NEW."fast_kmh", NEW."floor", NEW."id", NEW."idle_kmh", NEW."least_members", NEW."max_rise", NEW."medium_dose", NEW."medium_peak", NEW."members", NEW."merge_gap_m", NEW."merge_gap_s", NEW."min_duration_s", NEW."min_hold", NEW."min_moving_s", NEW."min_steady", NEW."min_window_share", NEW."name", NEW."percentile", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."ratio", NEW."release_share", NEW."repeat_after_s", NEW."repeat_m", NEW."restart_gap_s", NEW."severe_dose", NEW."severe_peak", NEW."slow_kmh", NEW."spike_s", NEW."step_s", NEW."stop_max_s", NEW."stop_min_s", NEW."tracer", NEW."tracer_ratio", NEW."unit", NEW."valid_from", NEW."window_s"); RETURN NULL;',
                    hash="048593492fcdd2683565b7e1d7ebb8b2a121b29d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_079c0",
                    table="patrols_hotspotrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="hotspotrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "patrols_hotspotruleevent" ("background_min", "basis", "calm_ms", "channel", "fast_kmh", "floor", "id", "idle_kmh", "least_members", "max_rise", "medium_dose", "medium_peak", "members", "merge_gap_m", "merge_gap_s", "min_duration_s", "min_hold", "min_moving_s", "min_steady", "min_window_share", "name", "percentile", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "ratio", "release_share", "repeat_after_s", "repeat_m", "restart_gap_s", "severe_dose", "severe_peak", "slow_kmh", "spike_s", "step_s", "stop_max_s", "stop_min_s", "tracer", "tracer_ratio", "unit", "valid_from", "window_s") VALUES (NEW."background_min", NEW."basis", NEW."calm_ms", NEW."channel", NEW."fast_kmh", NEW."floor", NEW."id", NEW."idle_kmh", NEW."least_members", NEW."max_rise", NEW."medium_dose", NEW."medium_peak", NEW."members", NEW."merge_gap_m", NEW."merge_gap_s", NEW."min_duration_s", NEW."min_hold", NEW."min_moving_s", NEW."min_steady", NEW."min_window_share", NEW."name", NEW."percentile", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."ratio", NEW."release_share", NEW."repeat_after_s", NEW."repeat_m", NEW."restart_gap_s", NEW."severe_dose", NEW."severe_peak", NEW."slow_kmh", NEW."spike_s", NEW."step_s", NEW."stop_max_s", NEW."stop_min_s", NEW."tracer", NEW."tracer_ratio", NEW."unit", NEW."valid_from", NEW."window_s"); RETURN NULL;',
                    hash="cc42034bd305b9db19680b617ac90901f60551f6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_eb26c",
                    table="patrols_hotspotrule",
                    when="AFTER",
                ),
            ),
        ),
    ]
