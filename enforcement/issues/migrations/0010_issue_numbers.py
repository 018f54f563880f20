"""Issue numbers are drawn from a sequence per year: nobody waits for another's transaction to end.

The application role creates nothing. The first draw of a year makes its sequence through a function of the owner's,
which makes nothing else; who draws at that same moment waits for it once.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION issues_draw(year int, wanted int) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    series text := 'issues_number_' || year;
BEGIN
    IF year NOT BETWEEN 1970 AND 2200 OR wanted NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'no numbers % of %', wanted, year USING ERRCODE = 'check_violation';
    END IF;
    IF to_regclass(series) IS NULL THEN
        PERFORM pg_advisory_xact_lock(hashtext(series));
        EXECUTE format('CREATE SEQUENCE IF NOT EXISTS %I', series);
    END IF;
    RETURN ARRAY(SELECT nextval(series) FROM generate_series(1, wanted));
END $$;

DO $$
DECLARE
    known record;
BEGIN
    FOR known IN
        SELECT 'issues_number_' || substring(name FROM '-([0-9]{4})-ZH$') AS series, max(last) AS last
        FROM issues_numberseries WHERE name ~ '^issue/.*-[0-9]{4}-ZH$' AND last > 0 GROUP BY 1
    LOOP
        EXECUTE format('CREATE SEQUENCE %I', known.series);
        PERFORM setval(known.series, known.last);
    END LOOP;
END $$;
DELETE FROM issues_numberseries WHERE name LIKE 'issue/%';
"""

BACKWARD = """
DO $$
DECLARE
    series text;
BEGIN
    FOR series IN SELECT relname FROM pg_class WHERE relkind = 'S' AND relname ~ '^issues_number_[0-9]{4}$' LOOP
        EXECUTE format('DROP SEQUENCE %I', series);
    END LOOP;
END $$;
DROP FUNCTION issues_draw(int, int);
INSERT INTO issues_numberseries (name, last)
SELECT 'issue/' || substring(number FROM '^(.*)-[0-9]+$'), max(substring(number FROM '[0-9]+$')::int)
FROM issues_issue WHERE number ~ '-ZH-[0-9]+$' GROUP BY 1
ON CONFLICT (name) DO UPDATE SET last = excluded.last;
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0009_closure_guards")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
