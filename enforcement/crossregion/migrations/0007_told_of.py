"""What a released round's teams have, where they are and what they inspect changes only with an event that tells of it: looked
for as the transaction ends, whoever connects.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION crossregion_is_out(round uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT state = 'released' FROM crossregion_round WHERE id = round
$$;
CREATE FUNCTION crossregion_told_of() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF NOT EXISTS (
        SELECT FROM timeline_event
        WHERE subject_type = 'round' AND subject_id = (held.round_id::varchar COLLATE "C")
          AND kind IN ('round_moved', 'round_swapped', 'round_member_replaced')
          AND recorded_at >= transaction_timestamp()
    ) THEN
        RAISE EXCEPTION 'a team that is out is changed by a recorded step' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
-- Whether the round is out is asked as the row changes, whether it was told of when the transaction ends.
CREATE CONSTRAINT TRIGGER loan_told_of AFTER INSERT OR UPDATE ON crossregion_loan
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (crossregion_is_out(NEW.round_id)) EXECUTE FUNCTION crossregion_told_of();
CREATE CONSTRAINT TRIGGER loan_end_told_of AFTER DELETE ON crossregion_loan
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (crossregion_is_out(OLD.round_id)) EXECUTE FUNCTION crossregion_told_of();
CREATE CONSTRAINT TRIGGER place_told_of AFTER INSERT OR UPDATE ON crossregion_assignment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (crossregion_is_out(NEW.round_id)) EXECUTE FUNCTION crossregion_told_of();
CREATE CONSTRAINT TRIGGER target_told_of AFTER INSERT OR UPDATE ON crossregion_target
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (crossregion_is_out(NEW.round_id)) EXECUTE FUNCTION crossregion_told_of();
"""
BACKWARD = """
DROP TRIGGER target_told_of ON crossregion_target;
DROP TRIGGER place_told_of ON crossregion_assignment;
DROP TRIGGER loan_end_told_of ON crossregion_loan;
DROP TRIGGER loan_told_of ON crossregion_loan;
DROP FUNCTION crossregion_told_of();
DROP FUNCTION crossregion_is_out(uuid);
"""


class Migration(migrations.Migration):
    dependencies = [("crossregion", "0006_under_way"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
