"""A file kept with an issue, without its bytes: for tests that need evidence to name and not to look at."""

import hashlib
import uuid

from enforcement.issues.models import Issue
from enforcement.timeline import clock
from enforcement.timeline.models import Attachment
from regions.models import Officer


def paper(issue: Issue, by: Officer, role: str = "paper", media_type: str = "application/pdf") -> Attachment:
    """An attachment's row, as `attach` would leave it."""
    words = uuid.uuid4().hex
    return Attachment.objects.create(
        subject_type="issue",
        subject_id=str(issue.pk),
        role=role,
        name="材料.pdf",
        media_type=media_type,
        size=1,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        uploaded_by=by,
        received_at=clock.now(),
    )
