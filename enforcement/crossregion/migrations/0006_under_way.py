"""A team that is out may be moved and its people replaced: where it was and who left is kept, and the database lets a released
round's places, targets and loans follow, and a team's leader, and nothing else of a team."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION crossregion_team_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
    stands text;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    SELECT state INTO stands FROM crossregion_round WHERE id = held.round_id;
    IF stands = 'draft' OR stands = 'released' AND TG_OP = 'UPDATE'
       AND to_jsonb(NEW) - 'leader_id' = to_jsonb(OLD) - 'leader_id' THEN
        RETURN held;
    END IF;
    RAISE EXCEPTION 'the round is no longer a draft' USING ERRCODE = 'check_violation';
END $$;
DROP TRIGGER team_draft ON crossregion_team;
CREATE TRIGGER team_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_team
    FOR EACH ROW EXECUTE FUNCTION crossregion_team_fixed();

CREATE FUNCTION crossregion_member_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
    stands text;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    SELECT r.state INTO stands FROM crossregion_team t JOIN crossregion_round r ON r.id = t.round_id
    WHERE t.id = held.team_id;
    IF stands = 'draft' OR stands = 'released' AND (TG_OP = 'INSERT' OR TG_OP = 'UPDATE'
       AND OLD.left_on IS NULL AND to_jsonb(NEW) - 'left_on' = to_jsonb(OLD) - 'left_on') THEN
        RETURN held;
    END IF;
    RAISE EXCEPTION 'who is of a team is settled' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER member_fixed BEFORE INSERT OR UPDATE OR DELETE ON crossregion_teammember
    FOR EACH ROW EXECUTE FUNCTION crossregion_member_fixed();

CREATE OR REPLACE FUNCTION crossregion_target_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'team_id') <> (to_jsonb(OLD) - 'team_id')
       OR (SELECT state FROM crossregion_round WHERE id = OLD.round_id) NOT IN ('drawn', 'released') THEN
        RAISE EXCEPTION 'a drawn target does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION crossregion_loan_before_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF (SELECT state FROM crossregion_round WHERE id = held.round_id) NOT IN ('drawn', 'released') THEN
        RAISE EXCEPTION 'what is lent is settled' USING ERRCODE = 'check_violation';
    END IF;
    RETURN held;
END $$;

CREATE TRIGGER earlier_fixed BEFORE UPDATE OR DELETE ON crossregion_earlierplace
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER earlier_whole BEFORE TRUNCATE ON crossregion_earlierplace
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""
BACKWARD = """
DROP TRIGGER earlier_whole ON crossregion_earlierplace;
DROP TRIGGER earlier_fixed ON crossregion_earlierplace;
CREATE OR REPLACE FUNCTION crossregion_loan_before_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF (SELECT state FROM crossregion_round WHERE id = held.round_id) <> 'drawn' THEN
        RAISE EXCEPTION 'what is lent is settled before release' USING ERRCODE = 'check_violation';
    END IF;
    RETURN held;
END $$;
CREATE OR REPLACE FUNCTION crossregion_target_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'team_id') <> (to_jsonb(OLD) - 'team_id')
       OR (SELECT state FROM crossregion_round WHERE id = OLD.round_id) <> 'drawn' THEN
        RAISE EXCEPTION 'a drawn target does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER member_fixed ON crossregion_teammember;
DROP FUNCTION crossregion_member_fixed();
DROP TRIGGER team_draft ON crossregion_team;
CREATE TRIGGER team_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_team
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();
DROP FUNCTION crossregion_team_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("crossregion", "0005_working_guards"), ("regions", "0001_initial")]
    operations = [
        migrations.AddField(model_name="teammember", name="left_on", field=models.DateField(null=True)),
        migrations.CreateModel(
            name="EarlierPlace",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("until", models.DateField()),
                (
                    "division",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="regions.division"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="earlier", to="crossregion.team"
                    ),
                ),
            ],
            options={"ordering": ["team", "until"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
