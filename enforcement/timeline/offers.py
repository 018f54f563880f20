"""What a subject offers an officer now: the steps of its state, each allowed or with the reason why not."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Available:
    """One step of a lifecycle table as it stands for one officer.

    `why` is a sentence, empty where it's allowed. `needs` and `accepts` name what is to be entered and what may be.
    `primary`: it brings the subject on. `mine`: it is this officer's to take by bureau and role, whatever else stands in
    its way.
    """

    action: str
    label: str | Promise
    allowed: bool
    why: str
    needs: tuple[str, ...] = ()
    accepts: tuple[str, ...] = ()
    primary: bool = False
    mine: bool = False

    @property
    def plain(self) -> bool:
        """Whether there is nothing to enter: a press of its button takes it."""
        return not self.needs and not self.accepts
