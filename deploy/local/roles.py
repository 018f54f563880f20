"""The two database roles and what each may do.

`liankong_owner` owns the database and migrates. `liankong_app` is what web, worker and beat connect
as: it reads and writes rows, owns nothing, creates nothing and can't step round row-level security.
"""

DATABASE = "liankong"
OWNER = "liankong_owner"
APP = "liankong_app"

ROLES = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
        CREATE ROLE {OWNER} LOGIN CREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP}') THEN
        CREATE ROLE {APP} LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER NOBYPASSRLS;
    END IF;
END $$;
"""


def grants(database: str) -> str:
    """SQL, run by the owner inside `database`, after which the application role can use what is migrated.

    TEMPORARY goes with the rest: a temporary table is DDL too.
    """
    return f"""
REVOKE ALL ON DATABASE "{database}" FROM PUBLIC;
GRANT CONNECT ON DATABASE "{database}" TO {APP};
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {APP};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP};
GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {APP};
"""
