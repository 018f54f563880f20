"""The database keeps the timeline append-only and chained, for the application role and the owner alike."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION liankong_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: what is on record stays on record', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'raise_exception';
END $$;

CREATE TRIGGER event_rows BEFORE UPDATE OR DELETE ON timeline_event
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER event_table BEFORE TRUNCATE ON timeline_event
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION timeline_event_in_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record;
BEGIN
    SELECT seq, hash INTO before FROM timeline_event
        WHERE subject_type = NEW.subject_type AND subject_id = NEW.subject_id ORDER BY seq DESC LIMIT 1;
    IF NEW.seq <> coalesce(before.seq, 0) + 1
       OR NEW.previous <> coalesce(before.hash, decode(repeat('00', 32), 'hex')) THEN
        RAISE EXCEPTION 'event % of % % does not continue its chain', NEW.seq, NEW.subject_type, NEW.subject_id
            USING ERRCODE = 'unique_violation';
    END IF;
    -- The database's clock, not the caller's: a moment of grace between reading it and inserting.
    IF NEW.recorded_at NOT BETWEEN clock_timestamp() - interval '60 seconds' AND clock_timestamp() THEN
        RAISE EXCEPTION 'recorded_at is the clock of the database' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_in_place BEFORE INSERT ON timeline_event
    FOR EACH ROW EXECUTE FUNCTION timeline_event_in_place();

CREATE TRIGGER attachment_rows BEFORE UPDATE OR DELETE ON timeline_attachment
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER attachment_table BEFORE TRUNCATE ON timeline_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER anchor_rows BEFORE UPDATE OR DELETE ON timeline_anchor
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER anchor_table BEFORE TRUNCATE ON timeline_anchor
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER event_rows ON timeline_event;
DROP TRIGGER event_table ON timeline_event;
DROP TRIGGER event_in_place ON timeline_event;
DROP TRIGGER attachment_rows ON timeline_attachment;
DROP TRIGGER attachment_table ON timeline_attachment;
DROP TRIGGER anchor_rows ON timeline_anchor;
DROP TRIGGER anchor_table ON timeline_anchor;
DROP FUNCTION timeline_event_in_place();
DROP FUNCTION liankong_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("timeline", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
