"""What the closing chapters of an issue may and may not do, kept by the database too; the moves as they are now."""

from django.db import migrations

from enforcement.issues.lifecycle import state_moves

FORWARD = """
CREATE FUNCTION issues_pause_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.responsibility_id, NEW.by_id, NEW.bureau_id, NEW.at, NEW.reason_code, NEW.reason, NEW.evidence_id, NEW.resume_on)
       IS DISTINCT FROM
       (OLD.responsibility_id, OLD.by_id, OLD.bureau_id, OLD.at, OLD.reason_code, OLD.reason, OLD.evidence_id, OLD.resume_on)
       OR (OLD.granted IS NOT NULL AND (NEW.granted, NEW.decided_by_id, NEW.decided_at, NEW.decision, NEW.paused_on,
           NEW.due_on_before, NEW.stage_due_on_before, NEW.stage_first_due_on_before) IS DISTINCT FROM
           (OLD.granted, OLD.decided_by_id, OLD.decided_at, OLD.decision, OLD.paused_on,
            OLD.due_on_before, OLD.stage_due_on_before, OLD.stage_first_due_on_before))
       OR OLD.resumed_on IS NOT NULL THEN
        RAISE EXCEPTION 'a pause is decided once and ends once' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.granted AND (NEW.paused_on IS NULL OR NEW.due_on_before IS NULL OR NEW.resumed_on < NEW.paused_on) THEN
        RAISE EXCEPTION 'a pause has a first day and the date it moved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pause_once BEFORE UPDATE ON issues_pause FOR EACH ROW EXECUTE FUNCTION issues_pause_once();

CREATE FUNCTION issues_milestone_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.responsibility_id, NEW.place, NEW.title, NEW.due_on, NEW.planned_at)
       IS DISTINCT FROM (OLD.responsibility_id, OLD.place, OLD.title, OLD.due_on, OLD.planned_at)
       OR OLD.reached_at IS NOT NULL OR OLD.replaced_at IS NOT NULL THEN
        RAISE EXCEPTION 'a milestone is reached or replaced once and never rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER milestone_once BEFORE UPDATE ON issues_milestone
    FOR EACH ROW EXECUTE FUNCTION issues_milestone_once();

DROP TRIGGER escalation_fixed ON issues_escalation;
CREATE TRIGGER escalation_kept BEFORE DELETE ON issues_escalation FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE FUNCTION issues_escalation_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - 'unlisted_at' - 'unlisted_why' <> to_jsonb(OLD) - 'unlisted_at' - 'unlisted_why'
       OR OLD.unlisted_at IS NOT NULL OR NOT OLD.listed THEN
        RAISE EXCEPTION 'of an escalation only its listing ends, once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER escalation_fixed BEFORE UPDATE ON issues_escalation
    FOR EACH ROW EXECUTE FUNCTION issues_escalation_fixed();

CREATE FUNCTION issues_third_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.passed IS NOT NULL
           OR (NEW.responsibility_id, NEW.issue_id, NEW.draw_id, NEW.bureau_id, NEW.by_id, NEW.at, NEW.due_on)
           IS DISTINCT FROM
              (OLD.responsibility_id, OLD.issue_id, OLD.draw_id, OLD.bureau_id, OLD.by_id, OLD.at, OLD.due_on) THEN
            RAISE EXCEPTION 'a look-back is answered once and never rewritten' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF EXISTS (SELECT FROM issues_responsibility WHERE issue_id = NEW.issue_id AND bureau_id = NEW.bureau_id)
       OR EXISTS (SELECT FROM issues_issue WHERE id = NEW.issue_id AND verifier_id = NEW.bureau_id)
       OR EXISTS (SELECT FROM issues_feedback WHERE responsibility_id = NEW.responsibility_id AND by_id = NEW.done_by_id)
       OR EXISTS (SELECT FROM issues_verification WHERE responsibility_id = NEW.responsibility_id AND by_id = NEW.done_by_id)
    THEN
        RAISE EXCEPTION 'who rectified or verified does not look back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER third_eyes BEFORE INSERT OR UPDATE ON issues_lookback
    FOR EACH ROW EXECUTE FUNCTION issues_third_eyes();

UPDATE issues_responsibility SET counts_from = (opened_at AT TIME ZONE 'Asia/Shanghai')::date WHERE counts_from IS NULL;
"""
BACKWARD = """
DROP TRIGGER third_eyes ON issues_lookback;
DROP TRIGGER escalation_kept ON issues_escalation;
DROP TRIGGER escalation_fixed ON issues_escalation;
DROP TRIGGER milestone_once ON issues_milestone;
DROP TRIGGER pause_once ON issues_pause;
DROP FUNCTION issues_third_eyes();
DROP FUNCTION issues_escalation_fixed();
DROP FUNCTION issues_milestone_once();
DROP FUNCTION issues_pause_once();
CREATE TRIGGER escalation_fixed BEFORE UPDATE OR DELETE ON issues_escalation
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
"""
#: Tables nothing is ever deleted from, and those whose rows never change either.
KEPT = ("pause", "milestone", "lookback", "recount")
FIXED = ("measure", "reply", "lookbackdraw")
ALL = (*KEPT, *FIXED)


def _protect() -> str:
    lines = [
        f"CREATE TRIGGER {table}_kept BEFORE DELETE ON issues_{table} FOR EACH ROW EXECUTE FUNCTION liankong_refuse();"
        for table in KEPT
    ]
    lines += [
        f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON issues_{table} "
        "FOR EACH ROW EXECUTE FUNCTION liankong_refuse();"
        for table in FIXED
    ]
    lines += [
        f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON issues_{table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();"
        for table in ALL
    ]
    return "\n".join(lines)


def _unprotect() -> str:
    lines = [f"DROP TRIGGER {table}_kept ON issues_{table};" for table in KEPT]
    lines += [f"DROP TRIGGER {table}_fixed ON issues_{table};" for table in FIXED]
    lines += [f"DROP TRIGGER {table}_whole ON issues_{table};" for table in ALL]
    return "\n".join(lines)


def refill_moves(apps, schema_editor):
    """The database's copy of the table, as the table is now. An older copy of the program only ever takes fewer."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE issues_move DISABLE TRIGGER move_fixed")
        cursor.executemany(
            "INSERT INTO issues_move (action, source, target) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", state_moves()
        )
        cursor.execute("ALTER TABLE issues_move ENABLE TRIGGER move_fixed")


class Migration(migrations.Migration):
    dependencies = [("issues", "0008_closure")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(_protect(), _unprotect()),
        migrations.RunPython(refill_moves, migrations.RunPython.noop),
    ]
