"""What only an imported issue may do, and only while it is being brought in; where it came from stays as it was."""

from django.db import migrations

from enforcement.issues.lifecycle import IMPORTS, state_moves

STEPS = """
CREATE OR REPLACE FUNCTION issues_responsibility_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    latest bigint;
BEGIN
    IF NEW.first_due_on <> OLD.first_due_on OR NEW.issue_id <> OLD.issue_id OR NEW.bureau_id <> OLD.bureau_id
       OR NEW.handoff_id <> OLD.handoff_id OR NEW.opened_at <> OLD.opened_at THEN
        RAISE EXCEPTION 'what a responsibility began with does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (
            SELECT FROM issues_move WHERE source = OLD.state AND target = NEW.state {only}
        ) {brought_in} THEN
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
"""
#: A row of `issues_move` that an import alone takes: of an imported issue, nothing of which is older than this transaction.
BROUGHT_IN = """
AND NOT (
    EXISTS (SELECT FROM issues_move WHERE source = OLD.state AND target = NEW.state AND action LIKE 'import\\_%')
    AND EXISTS (SELECT FROM issues_issue WHERE id = NEW.issue_id AND imported)
    AND NOT EXISTS (
        SELECT FROM issues_span WHERE responsibility_id = NEW.id AND recorded_at < transaction_timestamp()
    )
)
"""
FORWARD = (
    STEPS.format(only="AND action NOT LIKE 'import\\_%'", brought_in=BROUGHT_IN)
    + """
CREATE FUNCTION issues_imported_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.imported <> OLD.imported THEN
        RAISE EXCEPTION 'whether an issue was imported does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER imported_stays BEFORE UPDATE OF imported ON issues_issue
    FOR EACH ROW EXECUTE FUNCTION issues_imported_stays();
CREATE TRIGGER ledgerrow_fixed BEFORE UPDATE OR DELETE ON issues_ledgerrow
    FOR EACH ROW EXECUTE FUNCTION liankong_refuse();
CREATE TRIGGER ledgerrow_whole BEFORE TRUNCATE ON issues_ledgerrow
    FOR EACH STATEMENT EXECUTE FUNCTION liankong_refuse();
"""
)
BACKWARD = """
DROP TRIGGER ledgerrow_whole ON issues_ledgerrow;
DROP TRIGGER ledgerrow_fixed ON issues_ledgerrow;
DROP TRIGGER imported_stays ON issues_issue;
DROP FUNCTION issues_imported_stays();
""" + STEPS.format(only="AND action NOT LIKE 'import\\_%'", brought_in="")


def refill_moves(apps, schema_editor):
    """The database's copy of the table gets the rows of imports."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE issues_move DISABLE TRIGGER move_fixed")
        cursor.executemany(
            "INSERT INTO issues_move (action, source, target) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", state_moves()
        )
        cursor.execute("ALTER TABLE issues_move ENABLE TRIGGER move_fixed")


assert all(row.action.startswith("import_") for row in IMPORTS)


class Migration(migrations.Migration):
    dependencies = [("issues", "0015_ledgers")]
    operations = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunPython(refill_moves, migrations.RunPython.noop),
    ]
