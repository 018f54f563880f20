"""Loading the demo: once, whole or not at all, in one transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from django.db import connection, transaction
from django.utils.translation import gettext as _

from enforcement.desk.demo import accounts, bureaus, drives, people, season, sites, today
from regions.models import Officer

Tell = Callable[[str], None]
_LOCK = 7_140_001  # of this loader, among PostgreSQL's advisory locks
SEED = 20210601


def load(tell: Tell) -> bool:
    """Loads the demo and writes the accounts' file. False when it was there; a lost file is then written anew."""
    with transaction.atomic(), _without_savepoints():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if there():
            if not accounts.path().exists():
                tell(_("演示账号文件不在了，重新生成密码。"))
                accounts.renew()
            return False
        _load(tell)
    return True


def there() -> bool:
    return Officer.objects.filter(synthetic=True).exists()


def _load(tell: Tell) -> None:
    rng = Random(SEED)
    cast = people.make(bureaus.make(), rng)
    people.second(cast)
    opened = accounts.begin(accounts.open_officers())
    works = sites.make(rng)
    fleet = drives.equip(cast)
    tell(
        _("演示单位%(bureaus)d个，人员%(officers)d名，点位%(sites)d个")
        % {"bureaus": len(cast.bureaus), "officers": len(cast.everyone()), "sites": len(works.trade_of)}
    )
    replay = season.prepare(cast, works, fleet)
    tell(_("走航2.34万公里，热点%(spots)d个；开始重放2021年夏季的办理过程") % {"spots": replay.hot_spots})
    replay.play(tell=tell)
    today.load(cast, works, fleet)
    tell(_("近期问题已装载"))
    accounts.settle(opened)
    accounts.write(opened)


@contextmanager
def _without_savepoints() -> Iterator[None]:
    """The demo is one transaction which any error ends: the actions' inner savepoints would only cost time."""
    connection.features.uses_savepoints = False
    try:
        yield
    finally:
        del connection.features.uses_savepoints
