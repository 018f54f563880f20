"""Makes the floor's tables in a database of its own and fills them to the size asked for; prints a token.

Run as `python -m benchmarks.floor.fill COUNT` with FLOOR_DATABASE_URL set.
"""

import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.floor.settings"
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from rest_framework.authtoken.models import Token

    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM floor_floorissue")
        missing = int(sys.argv[1]) - cursor.fetchone()[0]
        if missing > 0:
            cursor.execute(
                """
                INSERT INTO floor_floorissue (title, source, severity, state, division, lon, lat, due_on, created_at)
                SELECT '涂装高值' || n, 'patrol', 'general', CASE WHEN n %% 20 = 0 THEN 'issued' ELSE 'closed' END,
                       (140100 + n %% 117)::text, 112.5, 37.8, date '2026-11-20', now()
                FROM generate_series(1, %s) AS n
                """,
                [missing],
            )
            cursor.execute(
                "INSERT INTO floor_floorevent (issue_id, kind, actor, at) SELECT id, 'created', 'floor', now() "
                "FROM floor_floorissue WHERE NOT EXISTS (SELECT FROM floor_floorevent e WHERE e.issue_id = floor_floorissue.id)"
            )
            cursor.execute("ANALYZE")
    user, _ = User.objects.get_or_create(username="floor")
    print(Token.objects.get_or_create(user=user)[0].key)
