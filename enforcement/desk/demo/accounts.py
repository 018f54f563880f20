"""Demo accounts: passwords made at first start, kept hashed in the database and once in a file for the owner's eyes."""

import json
import os
import secrets
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password

from regions.models import Officer, Posting

# No letter or digit that is taken for another one.
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
GROUPS, GROUP = 4, 4
#: Reserved: no mail ever goes there.
DOMAIN = "@demo.invalid"


@dataclass(frozen=True, slots=True)
class Account:
    """An officer, the password and its hash on the way: hashing is slow on purpose and runs beside the loading."""

    officer: Officer
    password: str
    hashed: "Future[str]"


def path() -> Path:
    return Path(settings.VAR) / "demo-accounts.json"


def new_password() -> str:
    """Sixteen letters and digits in four groups, about 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def open_officers() -> list[Officer]:
    """The officers of the demo who sign in: those with a demo address."""
    return list(Officer.objects.filter(synthetic=True, email__endswith=DOMAIN).order_by("pk"))


def renew() -> Path:
    """New passwords for all of them, where the file was lost."""
    accounts = begin(open_officers())
    settle(accounts)
    return write(accounts)


def begin(officers: Iterable[Officer]) -> list[Account]:
    """Chooses the passwords and begins to hash them in threads; PBKDF2 leaves the interpreter to others meanwhile."""
    pool = ThreadPoolExecutor(max_workers=2)
    passwords = [(officer, new_password()) for officer in officers]
    accounts = [Account(officer, password, pool.submit(make_password, password)) for officer, password in passwords]
    pool.shutdown(wait=False)
    return accounts


def settle(accounts: list[Account]) -> None:
    """Writes the hashes to the officers, waiting for those that aren't ready."""
    for account in accounts:
        account.officer.password = account.hashed.result()
    Officer.objects.bulk_update([account.officer for account in accounts], ["password"])


def write(accounts: list[Account]) -> Path:
    """Writes the file whole or not at all, readable by its owner only."""
    postings = {
        posting.officer_id: posting
        for posting in Posting.objects.filter(officer__in=[a.officer for a in accounts]).select_related(
            "bureau__division"
        )
    }
    rows = [
        {
            "username": account.officer.username,
            "password": account.password,
            "role": postings[account.officer.pk].role,
            "division": postings[account.officer.pk].bureau.division.code,
            "bureau": postings[account.officer.pk].bureau.name,
        }
        for account in accounts
    ]
    target = path()
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent, prefix=".demo-accounts-")  # created with mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(rows, out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())
    os.replace(draft, target)
    return target
