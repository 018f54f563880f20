"""An interview only goes the way of its table; what was noticed, said and promised doesn't change, a promise is kept once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION oversight_interview_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'proposed>approved', 'proposed>void', 'approved>noticed', 'approved>void', 'noticed>held', 'noticed>void',
        'held>reported', 'reported>held', 'reported>verified', 'verified>closed',
        'held>renewed', 'reported>renewed', 'verified>renewed') THEN
        RAISE EXCEPTION 'an interview does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.bureau_id, NEW.addressee_id, NEW.division_id, NEW.cause, NEW.reason, NEW.figures, NEW.proposed_at)
       IS DISTINCT FROM (OLD.bureau_id, OLD.addressee_id, OLD.division_id, OLD.cause, OLD.reason, OLD.figures, OLD.proposed_at)
       OR NEW.proposed_by_id IS DISTINCT FROM OLD.proposed_by_id
       OR NEW.previous_id IS DISTINCT FROM OLD.previous_id THEN
        RAISE EXCEPTION 'what was proposed does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.meets_at IS NOT NULL AND (NEW.notice_no, NEW.meets_at, NEW.place, NEW.agenda)
       IS DISTINCT FROM (OLD.notice_no, OLD.meets_at, OLD.place, OLD.agenda) THEN
        RAISE EXCEPTION 'a notice does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.held_at IS NOT NULL AND (NEW.held_at, NEW.present, NEW.minutes, NEW.first_report_due_on)
       IS DISTINCT FROM (OLD.held_at, OLD.present, OLD.minutes, OLD.first_report_due_on) THEN
        RAISE EXCEPTION 'minutes do not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER interview_moves BEFORE UPDATE ON oversight_interview
    FOR EACH ROW EXECUTE FUNCTION oversight_interview_moves();
CREATE TRIGGER interview_kept BEFORE DELETE ON oversight_interview FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER interview_whole BEFORE TRUNCATE ON oversight_interview
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION oversight_commitment_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{done_at,done_by_id,note}'::text[]) <> (to_jsonb(OLD) - '{done_at,done_by_id,note}'::text[])
       OR OLD.done_at IS NOT NULL THEN
        RAISE EXCEPTION 'a commitment does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER commitment_fixed BEFORE UPDATE ON oversight_commitment
    FOR EACH ROW EXECUTE FUNCTION oversight_commitment_fixed();
CREATE TRIGGER commitment_kept BEFORE DELETE ON oversight_commitment FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER commitment_kept ON oversight_commitment;
DROP TRIGGER commitment_fixed ON oversight_commitment;
DROP FUNCTION oversight_commitment_fixed();
DROP TRIGGER interview_whole ON oversight_interview;
DROP TRIGGER interview_kept ON oversight_interview;
DROP TRIGGER interview_moves ON oversight_interview;
DROP FUNCTION oversight_interview_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("oversight", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
