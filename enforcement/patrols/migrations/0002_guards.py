"""Runs, segments and hot spots are never deleted; what a run was imported with and a used rule don't change."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER run_kept BEFORE DELETE ON patrols_patrolrun FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER run_whole BEFORE TRUNCATE ON patrols_patrolrun FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER segment_fixed BEFORE UPDATE OR DELETE ON patrols_patrolsegment
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER segment_whole BEFORE TRUNCATE ON patrols_patrolsegment
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER hot_spot_kept BEFORE DELETE ON patrols_hotspot FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER hot_spot_whole BEFORE TRUNCATE ON patrols_hotspot FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION patrols_run_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'voided_at' - 'voided_by_id') <> (to_jsonb(OLD) - 'voided_at' - 'voided_by_id')
       OR OLD.voided_at IS NOT NULL THEN
        RAISE EXCEPTION 'an imported run does not change, it can only be voided once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_fixed BEFORE UPDATE ON patrols_patrolrun FOR EACH ROW EXECUTE FUNCTION patrols_run_fixed();

CREATE FUNCTION patrols_hot_spot_moves() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER hot_spot_moves BEFORE UPDATE ON patrols_hotspot FOR EACH ROW EXECUTE FUNCTION patrols_hot_spot_moves();

CREATE FUNCTION patrols_rule_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'patrols_hotspotrule' THEN
        IF EXISTS (SELECT FROM patrols_hotspot WHERE rule_id = OLD.id) THEN
            RAISE EXCEPTION 'a used rule does not change, add a newer one' USING ERRCODE = 'check_violation';
        END IF;
    ELSIF EXISTS (SELECT FROM patrols_patrolrun WHERE rule_id = OLD.id) THEN
        RAISE EXCEPTION 'a used rule does not change, add a newer one' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_fixed BEFORE UPDATE ON patrols_hotspotrule FOR EACH ROW EXECUTE FUNCTION patrols_rule_fixed();
CREATE TRIGGER rule_fixed BEFORE UPDATE ON patrols_trackrulesetting FOR EACH ROW EXECUTE FUNCTION patrols_rule_fixed();
"""
BACKWARD = """
DROP TRIGGER rule_fixed ON patrols_trackrulesetting;
DROP TRIGGER rule_fixed ON patrols_hotspotrule;
DROP FUNCTION patrols_rule_fixed();
DROP TRIGGER hot_spot_moves ON patrols_hotspot;
DROP FUNCTION patrols_hot_spot_moves();
DROP TRIGGER run_fixed ON patrols_patrolrun;
DROP FUNCTION patrols_run_fixed();
DROP TRIGGER hot_spot_whole ON patrols_hotspot;
DROP TRIGGER hot_spot_kept ON patrols_hotspot;
DROP TRIGGER segment_whole ON patrols_patrolsegment;
DROP TRIGGER segment_fixed ON patrols_patrolsegment;
DROP TRIGGER run_whole ON patrols_patrolrun;
DROP TRIGGER run_kept ON patrols_patrolrun;
"""


class Migration(migrations.Migration):
    dependencies = [("patrols", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
