"""Oversight in the API: interviews, special inspections."""

from .interviews import InterviewAction, InterviewAttachments, InterviewDetail, InterviewList, InterviewPaper
from .specials import SpecialAction, SpecialAttachments, SpecialDetail, SpecialList, SpecialPaper

__all__ = [
    "InterviewAction",
    "InterviewAttachments",
    "InterviewDetail",
    "InterviewList",
    "InterviewPaper",
    "SpecialAction",
    "SpecialAttachments",
    "SpecialDetail",
    "SpecialList",
    "SpecialPaper",
]
