"""Makes a database ready in one process: migrations as the owner, then reference data and the demo as the application."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dj_database_url
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils.translation import gettext as _

from enforcement.desk.migrating import thriftily
from enforcement.desk.reference import load_all


class Command(BaseCommand):
    help = _("迁移数据库，装载基础数据；演示模式下再装载演示数据。")
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help=_("不装载演示数据"))

    def handle(self, *args: Any, **options: Any) -> None:
        # Asked before anything is made: what a role made that isn't to own it would stay its own.
        reach("DATABASE_URL")
        refuse_a_mighty_role()
        with as_owner(), thriftily():
            reach("DATABASE_OWNER_URL")
            call_command("migrate", interactive=False, verbosity=max(0, options["verbosity"] - 1))
        self.stdout.write(_("基础数据装载中"))
        load_all()
        if settings.DEMO and not options["no_demo"]:
            call_command("load_demo", verbosity=options["verbosity"])


@contextmanager
def as_owner() -> Iterator[None]:
    """Leads the default connection to DATABASE_OWNER_URL for a while; raises CommandError where none is named: whoever we are isn't to
    own what would be made."""
    url = os.environ.get("DATABASE_OWNER_URL")
    if not url:
        raise CommandError(
            _("没有设置 DATABASE_OWNER_URL：数据表须由拥有它们的角色迁移，见 docs/howto/production.md。")
        )
    mine = dict(connection.settings_dict)
    owner = {
        k: v for k, v in dj_database_url.parse(url).items() if k in ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    }
    connection.close()
    connection.settings_dict.update(owner)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(mine)


def reach(variable: str) -> None:
    """Open the connection; raises CommandError naming the variable that leads nowhere, or to a wrong password."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        told = {"variable": variable, "reason": str(error).strip()}
        raise CommandError(
            _("连接不上 %(variable)s 所指的数据库，请检查地址、角色和密码：%(reason)s") % told
        ) from error


def refuse_a_mighty_role() -> None:
    """The role the site works as shall own nothing: raises CommandError for one that could undo what guards the rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT r.rolsuper OR r.rolbypassrls OR has_schema_privilege(current_user, 'public', 'CREATE')
                   OR EXISTS (SELECT FROM pg_class c WHERE pg_has_role(r.oid, c.relowner, 'MEMBER')), r.rolname
               FROM pg_roles r WHERE r.rolname = current_user"""
        )
        mighty, name = cursor.fetchone()
    if mighty:
        raise CommandError(
            _(
                "DATABASE_URL 的角色 %(name)s 权限过大（拥有数据表、可建表，或可绕过行级权限）；请另用只能读写各表的角色，见 docs/howto/production.md。"
            )
            % {"name": name}
        )
