"""The ladder of supervision: what is in force, by whom, and that only a lifting or the end of a listing changes a row."""

from django.db import migrations, models

FIXED = """
CREATE OR REPLACE FUNCTION issues_escalation_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{unlisted_at,unlisted_why,lifted_at,lifted_why}'::text[]
       <> to_jsonb(OLD) - '{unlisted_at,unlisted_why,lifted_at,lifted_why}'::text[]
       OR OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL OR NEW.lifted_why = ''
       OR (NEW.unlisted_at IS NOT NULL) <> NEW.listed THEN
        RAISE EXCEPTION 'an escalation is only lifted, once and with a reason' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
BEFORE = """
CREATE OR REPLACE FUNCTION issues_escalation_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'unlisted_at' - 'unlisted_why' <> to_jsonb(OLD) - 'unlisted_at' - 'unlisted_why'
       OR OLD.unlisted_at IS NOT NULL OR NOT OLD.listed THEN
        RAISE EXCEPTION 'of an escalation only its listing ends, once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""
#: Each row gets the level of who pressed where it had none yet; each live part the highest level in force over it.
FILLED = """
ALTER TABLE issues_escalation DISABLE TRIGGER USER;
UPDATE issues_escalation e SET level = CASE d.level WHEN 'province' THEN 'province' WHEN 'city' THEN 'city' ELSE 'county' END
FROM regions_bureau b JOIN regions_division d ON d.id = b.division_id WHERE b.id = e.bureau_id AND e.level = '';
UPDATE issues_escalation SET lifted_at = unlisted_at, lifted_why = unlisted_why WHERE unlisted_at IS NOT NULL;
ALTER TABLE issues_escalation ENABLE TRIGGER USER;

WITH rungs AS (
    SELECT r.id, r.issue_id, max(array_position(ARRAY['county', 'city', 'province'], e.level::text)) AS place
    FROM issues_responsibility r JOIN issues_responsibility q ON q.issue_id = r.issue_id
    JOIN issues_escalation e ON e.responsibility_id = q.id AND e.lifted_at IS NULL
    WHERE r.state NOT IN ('merged', 'reissued', 'void', 'withdrawn') AND (q.id = r.id OR q.state = 'reissued')
    GROUP BY r.id, r.issue_id
), parts AS (
    UPDATE issues_responsibility r SET rung = (ARRAY['county', 'city', 'province'])[x.place] FROM rungs x WHERE r.id = x.id
)
UPDATE issues_issue i SET rung = (ARRAY['county', 'city', 'province'])[x.place]
FROM (SELECT issue_id, max(place) AS place FROM rungs GROUP BY issue_id) x WHERE i.id = x.issue_id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0020_links"),
        ("regions", "0002_history"),
    ]

    operations = [
        migrations.AddField(
            model_name="escalation",
            name="lifted_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="escalation",
            name="lifted_why",
            field=models.TextField(blank=True, db_default="", max_length=2000),
        ),
        migrations.AddField(
            model_name="issue",
            name="rung",
            field=models.CharField(
                blank=True,
                choices=[("county", "县级督办"), ("city", "市级督办"), ("province", "省级督办")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="督办层级",
            ),
        ),
        migrations.AddField(
            model_name="responsibility",
            name="rung",
            field=models.CharField(
                blank=True,
                choices=[("county", "县级督办"), ("city", "市级督办"), ("province", "省级督办")],
                db_default="",
                default="",
                max_length=10,
                verbose_name="督办层级",
            ),
        ),
        migrations.RunSQL(FILLED, migrations.RunSQL.noop),
        migrations.RunSQL(FIXED, BEFORE),
        migrations.AddIndex(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("rung", ""), _negated=True), fields=["-id"], name="issue_supervised"
            ),
        ),
        migrations.AddConstraint(
            model_name="escalation",
            constraint=models.CheckConstraint(
                condition=models.Q(("unlisted_at", None), ("lifted_at__isnull", False), _connector="OR"),
                name="a_listing_ended_is_lifted",
            ),
        ),
    ]
