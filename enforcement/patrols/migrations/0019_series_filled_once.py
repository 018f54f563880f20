"""The picture of a hot spot found before any was kept may be filled in, once, whatever became of it; nothing else with it."""

from django.db import migrations

MOVES = """
CREATE OR REPLACE FUNCTION patrols_hot_spot_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fate_part text[] := ARRAY['fate', 'version', 'finding_id', 'issue_id', 'proposed_by_id', 'proposed_at', 'reason',
                              'decided_by_id', 'decided_at', 'quality_reason', 'quality_by_id'];
BEGIN%s
    IF (to_jsonb(NEW) - fate_part) <> (to_jsonb(OLD) - fate_part) THEN
        RAISE EXCEPTION 'the numbers of a hot spot do not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.fate <> 'open' THEN
        RAISE EXCEPTION 'the fate of a hot spot is final: %%', OLD.fate USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER quality_excused ON patrols_hotspot;
CREATE TRIGGER quality_excused BEFORE UPDATE ON patrols_hotspot FOR EACH ROW
    WHEN (NEW.fate IN ('finding', 'joined')%s) EXECUTE FUNCTION patrols_quality_excused();
"""
FILLED = """
    IF OLD.series = '{}' AND NEW.series <> '{}' AND (to_jsonb(NEW) - 'series') = (to_jsonb(OLD) - 'series') THEN
        RETURN NEW;
    END IF;"""


class Migration(migrations.Migration):
    dependencies = [("patrols", "0018_hot_spot_series")]
    # Of a decided one nothing but its picture changes: what it lacked when it was decided isn't asked for again.
    operations = [migrations.RunSQL(MOVES % (FILLED, " AND OLD.fate = 'open'"), MOVES % ("", ""))]
