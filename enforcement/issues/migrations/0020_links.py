"""Issues merged and split: the links, what the database lets a part do only beside one, and dates that only get earlier."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from enforcement.issues.lifecycle import OPEN, state_moves

_OPEN = ", ".join(f"'{state.value}'" for state in sorted(OPEN))

STEPS = """
CREATE OR REPLACE FUNCTION issues_responsibility_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest bigint;
BEGIN
    IF {first} OR NEW.issue_id <> OLD.issue_id OR NEW.bureau_id <> OLD.bureau_id
       OR NEW.handoff_id <> OLD.handoff_id OR NEW.opened_at <> OLD.opened_at THEN
        RAISE EXCEPTION 'what a responsibility began with does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (
            SELECT FROM issues_move WHERE source = OLD.state AND target = NEW.state AND action NOT LIKE 'import\\_%'
            {only}
        ) AND NOT (
            EXISTS (SELECT FROM issues_move WHERE source = OLD.state AND target = NEW.state AND action LIKE 'import\\_%')
            AND EXISTS (SELECT FROM issues_issue WHERE id = NEW.issue_id AND imported)
            AND NOT EXISTS (
                SELECT FROM issues_span WHERE responsibility_id = NEW.id AND recorded_at < transaction_timestamp()
            )
        ) {linked} THEN
            RAISE EXCEPTION 'no action leads from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        {parent}
        IF NEW.state = 'verified' {not_back} THEN
            SELECT id INTO latest FROM issues_feedback WHERE responsibility_id = NEW.id ORDER BY at DESC, id DESC LIMIT 1;
            IF latest IS NULL OR NOT EXISTS (
                SELECT FROM issues_verification WHERE feedback_id = latest AND passed
            ) THEN
                RAISE EXCEPTION 'verified without a passed verification of the latest feedback'
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        IF (NEW.state IN ('closed', 'struck_off')) <> (NEW.closed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'closed_at goes with closed' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""
#: A first due date moves only to the earliest of its own and those that came in with merged issues.
FIRST = """(NEW.first_due_on <> OLD.first_due_on AND (
        NEW.own_first_due_on IS NULL
        OR NEW.first_due_on <> least(NEW.own_first_due_on, issues_joined_first(NEW.issue_id))
    )) OR (NEW.own_first_due_on IS DISTINCT FROM OLD.own_first_due_on AND NEW.own_first_due_on IS DISTINCT FROM (
        CASE WHEN OLD.own_first_due_on IS NULL THEN OLD.first_due_on ELSE OLD.own_first_due_on END
    ))"""
ONLY = "AND action <> 'merge' AND action NOT LIKE 'unmerge%' AND action <> 'unsplit'"
#: What only a link opens: ending beside a standing merge, coming back as it was once that is voided, ending with a split.
LINKED = """
AND NOT (
    NEW.state = 'merged' AND EXISTS (SELECT FROM issues_move WHERE source = OLD.state AND action = 'merge')
    AND EXISTS (SELECT FROM issues_merge WHERE issue_id = NEW.issue_id AND voided_at IS NULL)
) AND NOT (
    OLD.state = 'merged' AND NOT EXISTS (SELECT FROM issues_merge WHERE issue_id = NEW.issue_id AND voided_at IS NULL)
    AND NEW.state = (
        SELECT state FROM issues_span WHERE responsibility_id = NEW.id AND state <> 'merged' ORDER BY seq DESC LIMIT 1
    )
) AND NOT (
    NEW.state = 'void' AND EXISTS (SELECT FROM issues_move WHERE source = OLD.state AND action = 'unsplit')
    AND EXISTS (
        SELECT FROM issues_issue c JOIN issues_split s ON s.id = c.split_id
        WHERE c.id = NEW.issue_id AND s.voided_at IS NOT NULL
    )
)
"""
PARENT = f"""
        IF NEW.state IN ('closed', 'void', 'withdrawn', 'reissued', 'merged') AND EXISTS (
            SELECT FROM issues_split s JOIN issues_issue c ON c.split_id = s.id
            WHERE s.issue_id = NEW.issue_id AND s.voided_at IS NULL AND c.state IN ({_OPEN})
        ) THEN
            RAISE EXCEPTION 'children of its split are open' USING ERRCODE = 'check_violation';
        END IF;
"""
KEEPS = """
CREATE OR REPLACE FUNCTION issues_issue_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> OLD.number OR {first} OR NEW.issued_at <> OLD.issued_at
       OR NEW.issued_on <> OLD.issued_on OR NEW.issuer_id <> OLD.issuer_id OR NEW.uuid <> OLD.uuid {split} THEN
        RAISE EXCEPTION 'number, first due date and first issuing do not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version < OLD.version THEN
        RAISE EXCEPTION 'a version only grows' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
FORWARD = (
    """
CREATE FUNCTION issues_joined_first(survivor bigint) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT min(least(i.first_due_on, r.first_due_on))
    FROM issues_merge m JOIN issues_issue i ON i.id = m.issue_id
    JOIN issues_responsibility r ON r.issue_id = i.id AND r.state = 'merged'
    WHERE m.into_id = survivor AND m.voided_at IS NULL
$$;
"""
    + STEPS.format(first=FIRST, only=ONLY, linked=LINKED, parent=PARENT, not_back="AND OLD.state <> 'merged'")
    + KEEPS.format(first=FIRST.replace("NEW.issue_id", "NEW.id"), split="OR NEW.split_id IS DISTINCT FROM OLD.split_id")
    + f"""
CREATE FUNCTION issues_merge_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NOT EXISTS (
            SELECT FROM issues_issue a JOIN issues_issue b ON b.issuer_id = a.issuer_id
            WHERE a.id = NEW.issue_id AND b.id = NEW.into_id AND a.split_id IS NULL
            AND a.state IN ({_OPEN}) AND b.state IN ({_OPEN})
        ) OR EXISTS (SELECT FROM issues_split WHERE issue_id IN (NEW.issue_id, NEW.into_id) AND voided_at IS NULL) THEN
            RAISE EXCEPTION 'only open issues of one issuer are merged' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF OLD.voided_at IS NOT NULL OR to_jsonb(NEW) - '{{voided_at,voided_by_id,voided_why,kept}}'::text[]
          <> to_jsonb(OLD) - '{{voided_at,voided_by_id,voided_why,kept}}'::text[]
          OR (NEW.voided_at IS NOT NULL AND (NEW.voided_why = '' OR NEW.voided_by_id IS NULL)) THEN
        RAISE EXCEPTION 'a link is only voided, once and with a reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER merge_holds BEFORE INSERT OR UPDATE ON issues_merge FOR EACH ROW EXECUTE FUNCTION issues_merge_holds();
CREATE FUNCTION issues_split_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided_at IS NOT NULL OR to_jsonb(NEW) - '{{voided_at,voided_by_id,voided_why}}'::text[]
       <> to_jsonb(OLD) - '{{voided_at,voided_by_id,voided_why}}'::text[]
       OR (NEW.voided_at IS NOT NULL AND (NEW.voided_why = '' OR NEW.voided_by_id IS NULL)) THEN
        RAISE EXCEPTION 'a link is only voided, once and with a reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER split_holds BEFORE UPDATE ON issues_split FOR EACH ROW EXECUTE FUNCTION issues_split_holds();
"""
    + "".join(
        f"""
CREATE TRIGGER {table}_kept BEFORE DELETE ON issues_{table} FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON issues_{table} FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""
        for table in ("merge", "split")
    )
)
BACKWARD = (
    STEPS.format(first="NEW.first_due_on <> OLD.first_due_on", only="", linked="", parent="", not_back="")
    + KEEPS.format(first="NEW.first_due_on <> OLD.first_due_on", split="")
    + """
DROP TRIGGER merge_holds ON issues_merge;
DROP TRIGGER merge_kept ON issues_merge;
DROP TRIGGER merge_whole ON issues_merge;
DROP TRIGGER split_holds ON issues_split;
DROP TRIGGER split_kept ON issues_split;
DROP TRIGGER split_whole ON issues_split;
DROP FUNCTION issues_merge_holds();
DROP FUNCTION issues_split_holds();
DROP FUNCTION issues_joined_first(bigint);
"""
)


def refill_moves(apps, schema_editor):
    """The database's copy of the table, as the table is now."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE issues_move DISABLE TRIGGER move_fixed")
        cursor.executemany(
            "INSERT INTO issues_move (action, source, target) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", state_moves()
        )
        cursor.execute("ALTER TABLE issues_move ENABLE TRIGGER move_fixed")


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0019_closed_and_marked"),
        ("regions", "0002_history"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000, verbose_name="理由")),
                ("at", models.DateTimeField()),
                ("kept", models.JSONField(default=dict)),
                ("voided_at", models.DateTimeField(null=True)),
                ("voided_why", models.TextField(blank=True, max_length=2000)),
            ],
            options={
                "verbose_name": "合并",
                "verbose_name_plural": "合并",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Split",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=2000, verbose_name="理由")),
                ("at", models.DateTimeField()),
                ("kept", models.JSONField(default=dict)),
                ("voided_at", models.DateTimeField(null=True)),
                ("voided_why", models.TextField(blank=True, max_length=2000)),
            ],
            options={
                "verbose_name": "拆分",
                "verbose_name_plural": "拆分",
                "ordering": ["at", "pk"],
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="responsibility",
            name="one_live_responsibility",
        ),
        migrations.AddField(
            model_name="issue",
            name="own_first_due_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="responsibility",
            name="own_first_due_on",
            field=models.DateField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="issue",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "待签收"),
                    ("acknowledged", "已签收"),
                    ("returned", "已退回待判"),
                    ("rectifying", "整改中"),
                    ("feedback_submitted", "已反馈待核查"),
                    ("verifying", "核查中"),
                    ("verified", "核查通过待办结"),
                    ("interim_closed", "阶段性办结"),
                    ("closed", "已办结"),
                    ("struck_off", "已销号"),
                    ("reissued", "已改派"),
                    ("withdrawn", "退回已受理"),
                    ("void", "已作废"),
                    ("merged", "已合并"),
                ],
                max_length=20,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="responsibility",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "待签收"),
                    ("acknowledged", "已签收"),
                    ("returned", "已退回待判"),
                    ("rectifying", "整改中"),
                    ("feedback_submitted", "已反馈待核查"),
                    ("verifying", "核查中"),
                    ("verified", "核查通过待办结"),
                    ("interim_closed", "阶段性办结"),
                    ("closed", "已办结"),
                    ("struck_off", "已销号"),
                    ("reissued", "已改派"),
                    ("withdrawn", "退回已受理"),
                    ("void", "已作废"),
                    ("merged", "已合并"),
                ],
                max_length=20,
                verbose_name="状态",
            ),
        ),
        migrations.AlterField(
            model_name="span",
            name="state",
            field=models.CharField(
                choices=[
                    ("issued", "待签收"),
                    ("acknowledged", "已签收"),
                    ("returned", "已退回待判"),
                    ("rectifying", "整改中"),
                    ("feedback_submitted", "已反馈待核查"),
                    ("verifying", "核查中"),
                    ("verified", "核查通过待办结"),
                    ("interim_closed", "阶段性办结"),
                    ("closed", "已办结"),
                    ("struck_off", "已销号"),
                    ("reissued", "已改派"),
                    ("withdrawn", "退回已受理"),
                    ("void", "已作废"),
                    ("merged", "已合并"),
                ],
                max_length=20,
                verbose_name="状态",
            ),
        ),
        migrations.AddConstraint(
            model_name="responsibility",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["merged", "reissued", "void", "withdrawn"]), _negated=True),
                fields=("issue", "bureau"),
                name="one_live_responsibility",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="bureau",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.bureau"),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="into",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merged_in", to="issues.issue"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="merges", to="issues.issue"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="voided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="split",
            name="bureau",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.bureau"),
        ),
        migrations.AddField(
            model_name="split",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="split",
            name="issue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="splits", to="issues.issue"
            ),
        ),
        migrations.AddField(
            model_name="split",
            name="voided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="issue",
            name="split",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="issues.split",
            ),
        ),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(condition=models.Q(("split__isnull", False)), fields=["split"], name="issue_of_split"),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)), fields=("issue",), name="merged_into_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("issue", models.F("into")), _negated=True), name="merged_into_another"
            ),
        ),
        migrations.AddConstraint(
            model_name="split",
            constraint=models.UniqueConstraint(
                condition=models.Q(("voided_at", None)), fields=("issue",), name="split_once_at_a_time"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(refill_moves, migrations.RunPython.noop),
    ]
