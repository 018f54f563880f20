from .bureaus import Bureau, BureauKind
from .calendar import CalendarDay, CalendarYear, WorkCalendar
from .guesses import Guesses
from .officers import Officer, Posting, Secondment
from .parties import Part, PartyRow
from .places import (
    AreaMembership,
    Division,
    DivisionCode,
    DivisionSuccession,
    JointControlArea,
    Level,
)
from .sites import Outlet, Site

__all__ = [
    "AreaMembership",
    "Bureau",
    "BureauKind",
    "CalendarDay",
    "CalendarYear",
    "Division",
    "DivisionCode",
    "DivisionSuccession",
    "Guesses",
    "JointControlArea",
    "Level",
    "Officer",
    "Outlet",
    "Part",
    "PartyRow",
    "Posting",
    "Secondment",
    "Site",
    "WorkCalendar",
]
