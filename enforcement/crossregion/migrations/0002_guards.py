"""What was committed to doesn't change, what was drawn isn't lost, and a round only goes the way of its table."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION crossregion_round_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'draft>committed', 'committed>drawn', 'committed>draft', 'drawn>released', 'released>closed',
        'draft>void', 'committed>void', 'drawn>void') THEN
        RAISE EXCEPTION 'a round does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.state <> 'draft' AND NEW.state <> 'draft' AND (
        NEW.seed IS DISTINCT FROM OLD.seed OR NEW.register IS DISTINCT FROM OLD.register
        OR NEW.commitment <> OLD.commitment OR NEW.committed_at IS DISTINCT FROM OLD.committed_at
        OR NEW.since <> OLD.since OR NEW.until <> OLD.until OR NEW.rule_id <> OLD.rule_id) THEN
        RAISE EXCEPTION 'what was committed to does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.drawn_at IS NOT NULL AND (NEW.drawn_at IS DISTINCT FROM OLD.drawn_at
        OR NEW.places IS DISTINCT FROM OLD.places OR NEW.result IS DISTINCT FROM OLD.result) THEN
        RAISE EXCEPTION 'what was drawn does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER round_moves BEFORE UPDATE ON crossregion_round FOR EACH ROW EXECUTE FUNCTION crossregion_round_moves();
CREATE TRIGGER round_kept BEFORE DELETE ON crossregion_round FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER round_whole BEFORE TRUNCATE ON crossregion_round FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

-- Teams, counties and what hangs on them belong to the draft: after committing they are in the register.
CREATE FUNCTION crossregion_draft_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF (SELECT state FROM crossregion_round WHERE id = held.round_id) <> 'draft' THEN
        RAISE EXCEPTION 'the round is no longer a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN held;
END $$;
CREATE TRIGGER county_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_roundcounty
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();
CREATE TRIGGER team_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_team
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();
CREATE TRIGGER recusal_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_recusal
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();
CREATE TRIGGER pin_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_pin
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();

-- The targets are the draw's; only the team of one may change, by a swap before release.
CREATE FUNCTION crossregion_target_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'team_id') <> (to_jsonb(OLD) - 'team_id')
       OR (SELECT state FROM crossregion_round WHERE id = OLD.round_id) <> 'drawn' THEN
        RAISE EXCEPTION 'a drawn target does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER target_fixed BEFORE UPDATE ON crossregion_target
    FOR EACH ROW EXECUTE FUNCTION crossregion_target_fixed();
CREATE TRIGGER target_kept BEFORE DELETE ON crossregion_target FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER target_whole BEFORE TRUNCATE ON crossregion_target
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER assignment_kept BEFORE DELETE ON crossregion_assignment
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER clearance_fixed BEFORE UPDATE OR DELETE ON crossregion_clearance
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER clearance_fixed ON crossregion_clearance;
DROP TRIGGER assignment_kept ON crossregion_assignment;
DROP TRIGGER target_whole ON crossregion_target;
DROP TRIGGER target_kept ON crossregion_target;
DROP TRIGGER target_fixed ON crossregion_target;
DROP FUNCTION crossregion_target_fixed();
DROP TRIGGER pin_draft ON crossregion_pin;
DROP TRIGGER recusal_draft ON crossregion_recusal;
DROP TRIGGER team_draft ON crossregion_team;
DROP TRIGGER county_draft ON crossregion_roundcounty;
DROP FUNCTION crossregion_draft_only();
DROP TRIGGER round_whole ON crossregion_round;
DROP TRIGGER round_kept ON crossregion_round;
DROP TRIGGER round_moves ON crossregion_round;
DROP FUNCTION crossregion_round_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("crossregion", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
