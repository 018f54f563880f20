"""Loading the demo: once, whole or not at all, in one transaction; then the living are told what waits for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.desk.demo import (
    accounts,
    bureaus,
    causes,
    checks,
    equipment,
    interviews,
    kept,
    ledger,
    letters,
    links,
    new_sites,
    people,
    pieces,
    rounds,
    season,
    sites,
    specials,
    stricter,
    today,
)
from enforcement.notices.actions import reminding, telling
from enforcement.statistics import folding
from enforcement.timeline import projections
from regions.models import Officer

Tell = Callable[[str], None]
_LOCK = 7_140_001  # of this loader, among PostgreSQL's advisory locks
SEED = 20210601


def load(tell: Tell) -> bool:
    """Loads the demo and writes the accounts' file. False when it was there; a lost file is then written anew."""
    with _prepared_statements(), transaction.atomic(), _without_savepoints():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if there():
            if not accounts.path().exists():
                tell(_("演示账号文件不在了，重新生成密码。"))
                accounts.renew()
            return False
        _load(tell)
    reminding.remind_and_escalate()
    telling.tell()
    return True


def there() -> bool:
    return Officer.objects.filter(synthetic=True).exists()


def _load(tell: Tell) -> None:
    rng = Random(SEED)
    cast = people.make(bureaus.make(), rng)
    people.second(cast)
    opened = accounts.begin(accounts.open_officers())
    works = sites.make(rng)
    fleet = equipment.equip(cast)
    tell(
        _("演示单位%(bureaus)d个，人员%(officers)d名，点位%(sites)d个")
        % {"bureaus": len(cast.bureaus), "officers": len(cast.everyone()), "sites": len(works.trade_of)}
    )
    # Counted once at the end, from the spans, instead of with each of some thousands of events.
    with projections.paused("statistics"):
        replay = season.prepare(cast, works, fleet)
        tell(_("走航2.34万公里，热点%(spots)d个；开始重放2021年夏季的办理过程") % {"spots": replay.hot_spots})
        replay.play(tell=tell)
        causes.load(cast)
        specials.load_elder(cast, works)
        today.load(cast, works, fleet)
        stricter.load(cast, works, fleet)
        checks.load(cast, works)
        rounds.load(cast)
        interviews.load(cast)
        specials.load(cast)
        ledger.load(cast)
        links.load(cast)
        new_sites.load(cast)
        letters.load(cast)
        kept.load(cast)
        pieces.load(cast)
        tell(_("近期问题已装载"))
    folding.rebuild()
    accounts.settle(opened)
    accounts.write(opened)


@contextmanager
def _prepared_statements() -> Iterator[None]:
    """A connection that has the server remember what it planned: the replay says the same things thousands of times."""
    usual = connection.settings_dict
    connection.close()
    connection.settings_dict = {
        **usual,
        "OPTIONS": {**usual.get("OPTIONS", {}), "server_side_binding": True, "prepare_threshold": 2},
    }
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = usual


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """The demo is one transaction which any error ends: the actions' inner savepoints would only cost time."""
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        del connection.features.uses_savepoints
