"""What a draw was committed with doesn't change, what was drawn isn't lost; a target gets its visit once."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION inspections_draw_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'committed>drawn', 'drawn>revealed', 'committed>void', 'drawn>void') THEN
        RAISE EXCEPTION 'a draw does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF (to_jsonb(NEW) - '{state,version,draw_begun_at,drawn_at,result,revealed_at}'::text[])
       <> (to_jsonb(OLD) - '{state,version,draw_begun_at,drawn_at,result,revealed_at}'::text[]) THEN
        RAISE EXCEPTION 'what was committed to does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.drawn_at IS NOT NULL AND (NEW.drawn_at IS DISTINCT FROM OLD.drawn_at
        OR NEW.result IS DISTINCT FROM OLD.result) THEN
        RAISE EXCEPTION 'what was drawn does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER draw_moves BEFORE UPDATE ON inspections_targetdraw
    FOR EACH ROW EXECUTE FUNCTION inspections_draw_moves();
CREATE TRIGGER draw_kept BEFORE DELETE ON inspections_targetdraw FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER draw_whole BEFORE TRUNCATE ON inspections_targetdraw
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

CREATE FUNCTION inspections_lot_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'visit_id') <> (to_jsonb(OLD) - 'visit_id') OR OLD.visit_id IS NOT NULL THEN
        RAISE EXCEPTION 'a drawn target does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER lot_fixed BEFORE UPDATE ON inspections_drawntarget
    FOR EACH ROW EXECUTE FUNCTION inspections_lot_fixed();
CREATE TRIGGER lot_kept BEFORE DELETE ON inspections_drawntarget FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER lot_team_fixed BEFORE UPDATE OR DELETE ON inspections_drawninspector
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER lot_team_fixed ON inspections_drawninspector;
DROP TRIGGER lot_kept ON inspections_drawntarget;
DROP TRIGGER lot_fixed ON inspections_drawntarget;
DROP FUNCTION inspections_lot_fixed();
DROP TRIGGER draw_whole ON inspections_targetdraw;
DROP TRIGGER draw_kept ON inspections_targetdraw;
DROP TRIGGER draw_moves ON inspections_targetdraw;
DROP FUNCTION inspections_draw_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("inspections", "0003_drawn_targets"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
