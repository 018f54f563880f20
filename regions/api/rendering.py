"""Writing JSON answers."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.utils.encoders import JSONEncoder

#: As the framework writes, but made once, and without a note of every row against circles: no answer holds itself.
_ENCODER = JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))
#: Ends of lines to a script, not to JSON.
_APART = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})


class JSONAnswer(JSONRenderer):
    """The framework's JSON, byte for byte, in less time."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> Any:
        if data is None or self.get_indent(accepted_media_type or "", renderer_context or {}):
            return super().render(data, accepted_media_type, renderer_context)
        text = _ENCODER.encode(data)
        if "\u2028" in text or "\u2029" in text:
            text = text.translate(_APART)
        return text.encode()
