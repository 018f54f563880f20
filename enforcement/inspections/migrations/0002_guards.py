"""A visit only goes the way of its table; what was published, signed, answered and handed over doesn't change."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION inspections_visit_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state || '>' || NEW.state) NOT IN (
        'planned>approved', 'approved>underway', 'underway>recorded', 'recorded>handed_over', 'handed_over>received',
        'planned>void', 'approved>void') THEN
        RAISE EXCEPTION 'a visit does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.site_id <> OLD.site_id OR NEW.list_version_id <> OLD.list_version_id OR NEW.mode <> OLD.mode
       OR NEW.bureau_id <> OLD.bureau_id OR NEW.planner_id <> OLD.planner_id OR NEW.approver_id <> OLD.approver_id THEN
        RAISE EXCEPTION 'what was approved does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.begun_at IS NOT NULL AND (NEW.begun_at <> OLD.begun_at OR NEW.check_in_flags <> OLD.check_in_flags
       OR NEW.check_in_metres IS DISTINCT FROM OLD.check_in_metres) THEN
        RAISE EXCEPTION 'a check-in does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visit_moves BEFORE UPDATE ON inspections_visit
    FOR EACH ROW EXECUTE FUNCTION inspections_visit_moves();
CREATE TRIGGER visit_kept BEFORE DELETE ON inspections_visit FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER visit_whole BEFORE TRUNCATE ON inspections_visit FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();

-- Who approves isn't of the team (four eyes).
CREATE FUNCTION inspections_officer_not_approver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT approver_id FROM inspections_visit WHERE id = NEW.visit_id) = NEW.officer_id THEN
        RAISE EXCEPTION 'an approver is not of the team' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visitofficer_four_eyes BEFORE INSERT OR UPDATE ON inspections_visitofficer
    FOR EACH ROW EXECUTE FUNCTION inspections_officer_not_approver();

CREATE FUNCTION inspections_answer_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing text;
BEGIN
    SELECT state INTO standing FROM inspections_visit WHERE id = NEW.visit_id;
    IF standing <> 'underway' OR (TG_OP = 'UPDATE' AND (NEW.visit_id <> OLD.visit_id OR NEW.item_id <> OLD.item_id)) THEN
        RAISE EXCEPTION 'answers belong to a visit under way' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.value, NEW.note) IS DISTINCT FROM (OLD.value, OLD.note)
       AND EXISTS (SELECT 1 FROM inspections_signature WHERE visit_id = NEW.visit_id) THEN
        RAISE EXCEPTION 'what was signed does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answer_open BEFORE INSERT OR UPDATE ON inspections_answer
    FOR EACH ROW EXECUTE FUNCTION inspections_answer_open();
CREATE TRIGGER answer_kept BEFORE DELETE ON inspections_answer FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER signature_fixed BEFORE UPDATE OR DELETE ON inspections_signature
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER handover_fixed BEFORE UPDATE OR DELETE ON inspections_handover
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER guidance_fixed BEFORE UPDATE OR DELETE ON inspections_guidance
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();

-- A published list never changes; an item of a draft may.
CREATE FUNCTION inspections_list_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state || '>' || NEW.state) NOT IN ('draft>draft', 'draft>published', 'published>published', 'published>retired', 'retired>retired')
       OR NEW.checklist_id <> OLD.checklist_id OR NEW.number <> OLD.number
       OR (OLD.state <> 'draft' AND NEW.source <> OLD.source) THEN
        RAISE EXCEPTION 'a published checklist does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER list_fixed BEFORE UPDATE ON inspections_checklistversion
    FOR EACH ROW EXECUTE FUNCTION inspections_list_fixed();
CREATE TRIGGER list_kept BEFORE DELETE ON inspections_checklistversion
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE FUNCTION inspections_item_draft_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held record;
BEGIN
    IF TG_OP = 'DELETE' THEN held := OLD; ELSE held := NEW; END IF;
    IF (SELECT state FROM inspections_checklistversion WHERE id = held.list_version_id) <> 'draft' THEN
        RAISE EXCEPTION 'a published checklist does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN held;
END $$;
CREATE TRIGGER item_draft_only BEFORE INSERT OR UPDATE OR DELETE ON inspections_checklistitem
    FOR EACH ROW EXECUTE FUNCTION inspections_item_draft_only();

-- A tally is voided once, and nothing else of it changes.
CREATE FUNCTION inspections_tally_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'voided_at') <> (to_jsonb(OLD) - 'voided_at') OR OLD.voided_at IS NOT NULL THEN
        RAISE EXCEPTION 'a tally does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tally_fixed BEFORE UPDATE ON inspections_tally FOR EACH ROW EXECUTE FUNCTION inspections_tally_fixed();
CREATE TRIGGER tally_kept BEFORE DELETE ON inspections_tally FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""

BACKWARD = """
DROP TRIGGER tally_kept ON inspections_tally;
DROP TRIGGER tally_fixed ON inspections_tally;
DROP FUNCTION inspections_tally_fixed();
DROP TRIGGER item_draft_only ON inspections_checklistitem;
DROP FUNCTION inspections_item_draft_only();
DROP TRIGGER list_kept ON inspections_checklistversion;
DROP TRIGGER list_fixed ON inspections_checklistversion;
DROP FUNCTION inspections_list_fixed();
DROP TRIGGER guidance_fixed ON inspections_guidance;
DROP TRIGGER handover_fixed ON inspections_handover;
DROP TRIGGER signature_fixed ON inspections_signature;
DROP TRIGGER answer_kept ON inspections_answer;
DROP TRIGGER answer_open ON inspections_answer;
DROP FUNCTION inspections_answer_open();
DROP TRIGGER visitofficer_four_eyes ON inspections_visitofficer;
DROP FUNCTION inspections_officer_not_approver();
DROP TRIGGER visit_whole ON inspections_visit;
DROP TRIGGER visit_kept ON inspections_visit;
DROP TRIGGER visit_moves ON inspections_visit;
DROP FUNCTION inspections_visit_moves();
"""


class Migration(migrations.Migration):
    dependencies = [("inspections", "0001_initial"), ("timeline", "0002_protect")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
