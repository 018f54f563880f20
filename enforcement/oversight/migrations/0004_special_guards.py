"""A special inspection only goes the way of its table; what was proposed, told, asked, found, planned and published stays."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION oversight_special_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'proposed>approved', 'proposed>void', 'approved>underway', 'approved>void', 'underway>told', 'told>planned',
        'planned>accepted', 'planned>told', 'accepted>rectifying', 'rectifying>closed') THEN
        RAISE EXCEPTION 'a special inspection does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.bureau_id, NEW.addressee_id, NEW.division_id, NEW.rule_id, NEW.name, NEW.scope, NEW.basis, NEW.since, NEW.until,
        NEW.proposed_at, NEW.proposed_by_id)
       IS DISTINCT FROM (OLD.bureau_id, OLD.addressee_id, OLD.division_id, OLD.rule_id, OLD.name, OLD.scope, OLD.basis,
        OLD.since, OLD.until, OLD.proposed_at, OLD.proposed_by_id) THEN
        RAISE EXCEPTION 'what was proposed does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.told_at IS NOT NULL AND (NEW.report_no, NEW.report, NEW.told_at, NEW.first_plan_due_on)
       IS DISTINCT FROM (OLD.report_no, OLD.report, OLD.told_at, OLD.first_plan_due_on) THEN
        RAISE EXCEPTION 'a feedback does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER special_moves BEFORE UPDATE ON oversight_specialinspection
    FOR EACH ROW EXECUTE FUNCTION oversight_special_moves();
CREATE TRIGGER special_kept BEFORE DELETE ON oversight_specialinspection FOR EACH ROW EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION oversight_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE once text[] := TG_ARGV[1]::text[];
BEGIN
    IF (to_jsonb(NEW) - once) <> (to_jsonb(OLD) - once) OR to_jsonb(OLD) -> TG_ARGV[0] <> 'null'::jsonb THEN
        RAISE EXCEPTION 'a row of % does not change', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER request_answered_once BEFORE UPDATE ON oversight_evidencerequest
    FOR EACH ROW EXECUTE FUNCTION oversight_answered_once('supplied_at', '{supplied_at,supplied_by_id,note}');
CREATE TRIGGER plan_checked_once BEFORE UPDATE ON oversight_plan
    FOR EACH ROW EXECUTE FUNCTION oversight_answered_once('checked_at', '{accepted,checked_by_id,checked_at,opinion}');
CREATE TRIGGER request_kept BEFORE DELETE ON oversight_evidencerequest FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER plan_kept BEFORE DELETE ON oversight_plan FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER member_fixed BEFORE UPDATE OR DELETE ON oversight_specialmember
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER problem_fixed BEFORE UPDATE OR DELETE ON oversight_problem
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER task_fixed BEFORE UPDATE OR DELETE ON oversight_plantask
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER progress_fixed BEFORE UPDATE OR DELETE ON oversight_progress
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER progress_fixed ON oversight_progress;
DROP TRIGGER task_fixed ON oversight_plantask;
DROP TRIGGER problem_fixed ON oversight_problem;
DROP TRIGGER member_fixed ON oversight_specialmember;
DROP TRIGGER plan_kept ON oversight_plan;
DROP TRIGGER request_kept ON oversight_evidencerequest;
DROP TRIGGER plan_checked_once ON oversight_plan;
DROP TRIGGER request_answered_once ON oversight_evidencerequest;
DROP FUNCTION oversight_answered_once();
DROP TRIGGER special_kept ON oversight_specialinspection;
DROP TRIGGER special_moves ON oversight_specialinspection;
DROP FUNCTION oversight_special_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0003_specials"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
