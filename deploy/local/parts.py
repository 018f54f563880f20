"""The embedded PostgreSQL and Valkey of one var/, or the servers that the environment names instead."""

import os
from contextlib import suppress
from functools import cached_property
from typing import TypeVar

from deploy.local import places as folders
from deploy.local import roles
from deploy.local.account import server_account
from deploy.local.messages import Trouble, say
from deploy.local.places import Places
from deploy.local.postgres import Postgres
from deploy.local.surroundings import Addresses, mark_of
from deploy.local.valkey import Valkey

Server = TypeVar("Server", Postgres, Valkey)


class EmbeddedParts:
    """Both servers as one thing. DATABASE_URL or BROKER_URL in the environment replaces either."""

    def __init__(self, places: Places) -> None:
        self.places = places
        if os.environ.get("DATABASE_URL") and not os.environ.get("DATABASE_OWNER_URL"):
            raise Trouble(
                "已设置 DATABASE_URL，还须设置 DATABASE_OWNER_URL（执行数据库迁移的角色）。",
                "DATABASE_URL is set; DATABASE_OWNER_URL, the role that migrates, must be set too.",
            )
        account = server_account()
        sockets = self.sockets = folders.socket_folder(places.var, account)

        def server(kind: type[Server], name: str) -> Server:
            home = folders.server_home(places.var, name, account)
            return kind(places.venv, home, sockets, places.run, places.log, mark_of(places.var))

        self.postgres = None if os.environ.get("DATABASE_URL") else server(Postgres, "postgres")
        self.valkey = None if os.environ.get("BROKER_URL") else server(Valkey, "valkey")

    @property
    def running(self) -> list[Postgres | Valkey]:
        """The embedded ones, in the order they start."""
        return [part for part in (self.postgres, self.valkey) if part]

    @cached_property
    def addresses(self) -> Addresses:
        database, owner, broker = (
            os.environ.get(name, "") for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL")
        )
        if self.postgres:
            database, owner = self.postgres.url(roles.APP), self.postgres.url(roles.OWNER)
        return Addresses(database, owner, self.valkey.url() if self.valkey else broker)

    def start(self) -> None:
        """Start what is embedded; afterwards both roles and the database exist."""
        folders.socket_folder(self.places.var, server_account())  # a host that stopped meanwhile removed it
        if self.postgres:
            say("启动内置数据库。", "Starting the embedded database.")
            self.postgres.start()
            self.postgres.create_roles()
        if self.valkey:
            say("启动内置消息队列。", "Starting the embedded broker.")
            self.valkey.start()

    def stop(self) -> None:
        for part in reversed(self.running):
            part.stop()
        with suppress(OSError):  # somebody else's file in it stays, and so does the folder
            self.sockets.rmdir()

    def answer(self) -> bool:
        """Whether servers started by somebody else are up and the database is ready for use."""
        return all(part.adopt() for part in self.running)
