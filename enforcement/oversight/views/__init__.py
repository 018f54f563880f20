"""Pages of oversight: interviews."""

from .interviews import act, files, interview, interviews, new_interview, paper

__all__ = ["act", "files", "interview", "interviews", "new_interview", "paper"]
