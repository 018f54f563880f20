"""The lifecycle, four eyes and permanence, enforced by the database too.

`issues_move` is the table of `enforcement.issues.lifecycle` in rows; a test holds the two equal.
"""

from django.db import migrations

from enforcement.issues.lifecycle import state_moves

FORWARD = """
CREATE TABLE issues_move (
    action text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    PRIMARY KEY (action, source)
);
CREATE INDEX issues_move_step ON issues_move (source, target);

CREATE FUNCTION issues_responsibility_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'issued' THEN
        RAISE EXCEPTION 'a responsibility begins as issued, not %', NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER responsibility_begins BEFORE INSERT ON issues_responsibility
    FOR EACH ROW EXECUTE FUNCTION issues_responsibility_begins();

CREATE FUNCTION issues_responsibility_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest bigint;
BEGIN
    IF NEW.first_due_on <> OLD.first_due_on OR NEW.issue_id <> OLD.issue_id OR NEW.bureau_id <> OLD.bureau_id
       OR NEW.handoff_id <> OLD.handoff_id OR NEW.opened_at <> OLD.opened_at THEN
        RAISE EXCEPTION 'what a responsibility began with does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT FROM issues_move WHERE source = OLD.state AND target = NEW.state) THEN
            RAISE EXCEPTION 'no action leads from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.state = 'verified' THEN
            SELECT id INTO latest FROM issues_feedback WHERE responsibility_id = NEW.id ORDER BY at DESC, id DESC LIMIT 1;
            IF latest IS NULL OR NOT EXISTS (
                SELECT FROM issues_verification WHERE feedback_id = latest AND passed
            ) THEN
                RAISE EXCEPTION 'verified without a passed verification of the latest feedback'
                    USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        IF (NEW.state IN ('closed', 'struck_off')) <> (NEW.closed_at IS NOT NULL) THEN
            RAISE EXCEPTION 'closed_at goes with closed' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER responsibility_moves BEFORE UPDATE ON issues_responsibility
    FOR EACH ROW EXECUTE FUNCTION issues_responsibility_moves();

CREATE FUNCTION issues_four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM issues_feedback WHERE responsibility_id = NEW.responsibility_id AND by_id = NEW.by_id)
       OR EXISTS (SELECT FROM issues_responsibility WHERE id = NEW.responsibility_id AND bureau_id = NEW.bureau_id) THEN
        RAISE EXCEPTION 'who rectifies does not verify' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT FROM issues_feedback WHERE id = NEW.feedback_id AND responsibility_id = NEW.responsibility_id) THEN
        RAISE EXCEPTION 'a verification checks a feedback of its own responsibility' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT ON issues_verification FOR EACH ROW EXECUTE FUNCTION issues_four_eyes();

CREATE FUNCTION issues_issue_keeps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number <> OLD.number OR NEW.first_due_on <> OLD.first_due_on OR NEW.issued_at <> OLD.issued_at
       OR NEW.issued_on <> OLD.issued_on OR NEW.issuer_id <> OLD.issuer_id OR NEW.uuid <> OLD.uuid THEN
        RAISE EXCEPTION 'number, first due date and first issuing do not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version < OLD.version THEN
        RAISE EXCEPTION 'a version only grows' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER issue_keeps BEFORE UPDATE ON issues_issue FOR EACH ROW EXECUTE FUNCTION issues_issue_keeps();

CREATE FUNCTION issues_extension_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.granted IS NOT NULL OR NEW.days <> OLD.days OR NEW.by_id <> OLD.by_id OR NEW.at <> OLD.at THEN
        RAISE EXCEPTION 'an extension is decided once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER extension_decided_once BEFORE UPDATE ON issues_extension
    FOR EACH ROW EXECUTE FUNCTION issues_extension_decided_once();
"""

#: Tables nothing is ever deleted from, and those whose rows never change either.
KEPT = ("issue", "responsibility", "handoff", "extension", "issueparty")
FIXED = ("span", "feedback", "verification", "escalation")


def _protect() -> str:
    lines = []
    for table in KEPT:
        lines.append(
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON issues_{table} FOR EACH ROW EXECUTE FUNCTION liankong_refuse();"
        )
    for table in FIXED:
        lines.append(
            f"CREATE TRIGGER {table}_fixed BEFORE UPDATE OR DELETE ON issues_{table} "
            "FOR EACH ROW EXECUTE FUNCTION liankong_refuse();"
        )
    for table in KEPT + FIXED:
        lines.append(
            f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON issues_{table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();"
        )
    return "\n".join(lines)


def _unprotect() -> str:
    lines = [f"DROP TRIGGER {table}_kept ON issues_{table};" for table in KEPT]
    lines += [f"DROP TRIGGER {table}_fixed ON issues_{table};" for table in FIXED]
    lines += [f"DROP TRIGGER {table}_whole ON issues_{table};" for table in KEPT + FIXED]
    return "\n".join(lines)


BACKWARD = """
DROP TRIGGER extension_decided_once ON issues_extension;
DROP TRIGGER issue_keeps ON issues_issue;
DROP TRIGGER four_eyes ON issues_verification;
DROP TRIGGER responsibility_moves ON issues_responsibility;
DROP TRIGGER responsibility_begins ON issues_responsibility;
DROP FUNCTION issues_extension_decided_once();
DROP FUNCTION issues_issue_keeps();
DROP FUNCTION issues_four_eyes();
DROP FUNCTION issues_responsibility_moves();
DROP FUNCTION issues_responsibility_begins();
DROP TABLE issues_move;
"""


def fill_moves(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO issues_move (action, source, target) VALUES (%s, %s, %s)", state_moves())


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial"), ("timeline", "0002_protect")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(_protect(), _unprotect()),
        migrations.RunPython(fill_moves, migrations.RunPython.noop),
        migrations.RunSQL(
            """
            CREATE TRIGGER move_fixed BEFORE INSERT OR UPDATE OR DELETE ON issues_move
                FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
            CREATE TRIGGER move_whole BEFORE TRUNCATE ON issues_move
                FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
            """,
            "DROP TRIGGER move_fixed ON issues_move; DROP TRIGGER move_whole ON issues_move;",
        ),
    ]
