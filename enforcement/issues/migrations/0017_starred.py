"""A starred item (加星件) is handled by the city itself: no county or zone is given a part in it, whoever connects."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION issues_starred() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM issues_issue WHERE id = NEW.issue_id AND starred)
       AND EXISTS (SELECT 1 FROM regions_division WHERE id = NEW.division_id AND level IN ('county', 'zone')) THEN
        RAISE EXCEPTION 'a starred item is not passed down to a county' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER starred_stays BEFORE INSERT ON issues_responsibility FOR EACH ROW EXECUTE FUNCTION issues_starred();
"""
BACKWARD = "DROP TRIGGER starred_stays ON issues_responsibility; DROP FUNCTION issues_starred();"


class Migration(migrations.Migration):
    dependencies = [("issues", "0016_ledger_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
