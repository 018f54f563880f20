"""Two things done at once end as one after the other would: same result, same sentence, and no thread where memory is short."""

import threading

import pytest

from enforcement.patrols.tracks import abreast
from enforcement.patrols.tracks.abreast import meanwhile


def here() -> int:
    return threading.get_ident()


def fail() -> None:
    raise MemoryError("no room for the columns")


def test_the_work_is_done_on_a_thread_while_the_other_goes_on_and_is_there_at_the_end():
    begun = threading.Event()
    with meanwhile(lambda: begun.wait(10) and here()) as work:
        begun.set()
    assert work.result() not in (None, False, here())


@pytest.mark.parametrize("room", [True, False])
def test_what_fails_on_the_thread_fails_here(room, monkeypatch):
    monkeypatch.setattr(abreast, "has_room", lambda size=0: room)
    with pytest.raises(MemoryError, match="no room"), meanwhile(fail):
        pass


def test_of_two_that_fail_the_work_is_told():
    with pytest.raises(MemoryError), meanwhile(fail):
        raise KeyError("what the other found")


def test_what_ends_the_other_comes_through_once_the_work_is_done():
    done = threading.Event()
    with pytest.raises(KeyError), meanwhile(done.set):
        raise KeyError("stopped")
    assert done.is_set()


def test_with_less_memory_to_spare_than_both_take_no_thread_is_begun(monkeypatch):
    monkeypatch.setattr(abreast, "has_room", lambda size=0: size < 100)
    with meanwhile(here, 99) as work:
        pass
    assert work.result() != here()
    with meanwhile(here, 100) as work:
        pass
    assert work.result() == here()
