"""Promise: whatever is sent, the answer is a sentence that says what to mend, never a 5xx, and nothing has changed."""
