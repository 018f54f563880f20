"""What a team reported and found stays as it was; the pool belongs to the draft; and of a problem found by cross-enforcement
nobody of the handler's own city is the verifier, whoever connects (domain section 4)."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER report_fixed BEFORE UPDATE OR DELETE ON crossregion_dailyreport
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER report_whole BEFORE TRUNCATE ON crossregion_dailyreport
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER clue_fixed BEFORE UPDATE OR DELETE ON crossregion_clue
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER clue_whole BEFORE TRUNCATE ON crossregion_clue
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER pool_draft BEFORE INSERT OR UPDATE OR DELETE ON crossregion_poolitem
    FOR EACH ROW EXECUTE FUNCTION crossregion_draft_only();

CREATE FUNCTION crossregion_loan_before_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF (SELECT state FROM crossregion_round WHERE id = held.round_id) <> 'drawn' THEN
        RAISE EXCEPTION 'what is lent is settled before release' USING ERRCODE = 'check_violation';
    END IF;
    RETURN held;
END $$;
CREATE TRIGGER loan_before_release BEFORE INSERT OR UPDATE OR DELETE ON crossregion_loan
    FOR EACH ROW EXECUTE FUNCTION crossregion_loan_before_release();

CREATE FUNCTION crossregion_city_of(division bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE level WHEN 'province' THEN NULL WHEN 'city' THEN id ELSE parent_id END
    FROM regions_division WHERE id = division
$$;
CREATE FUNCTION crossregion_other_city() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM issues_responsibility r
        JOIN issues_issue i ON i.id = r.issue_id
        JOIN regions_bureau b ON b.id = NEW.bureau_id
        WHERE r.id = NEW.responsibility_id AND i.source = 'cross_enforcement' AND NOT i.imported
          AND crossregion_city_of(r.division_id) = crossregion_city_of(b.division_id)
    ) THEN
        RAISE EXCEPTION 'what cross-enforcement found is verified by another city' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER other_city BEFORE INSERT ON issues_verification
    FOR EACH ROW EXECUTE FUNCTION crossregion_other_city();
"""
BACKWARD = """
DROP TRIGGER other_city ON issues_verification;
DROP FUNCTION crossregion_other_city();
DROP FUNCTION crossregion_city_of(bigint);
DROP TRIGGER loan_before_release ON crossregion_loan;
DROP FUNCTION crossregion_loan_before_release();
DROP TRIGGER pool_draft ON crossregion_poolitem;
DROP TRIGGER clue_whole ON crossregion_clue;
DROP TRIGGER clue_fixed ON crossregion_clue;
DROP TRIGGER report_whole ON crossregion_dailyreport;
DROP TRIGGER report_fixed ON crossregion_dailyreport;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crossregion", "0004_working_rounds"),
        ("issues", "0018_letters"),
        ("timeline", "0002_protect"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
