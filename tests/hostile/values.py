"""What people, machines and attackers put where something else was meant. Fixed, so that a failure can be repeated."""

#: For any field and any query parameter.
WORDS: dict[str, str] = {
    "nothing": "",
    "blanks": " \t\r\n\u3000 ",
    "NUL": "a\x00b",
    "control characters": "\x01\x02\x1b[31m\x7f",
    "zero width": "\u200b\u200d\ufeff",
    "right to left": "\u202e翻转\u2066",
    "emoji": "🦄👨\u200d👩\u200d👧" * 8,
    "rare names": "𠮷田𪚥龘㐀",
    "combining": "e" + "\u0301" * 300,
    "full-width digits": "２０２１－０２－３０",
    "Chinese numerals": "二〇二一年二月三十日",
    "Arabic digits": "٣٤٥",
    "roman numeral": "Ⅳ",
    "GB18030 read as latin-1": "高值".encode("gb18030").decode("latin-1"),
    "mojibake": "高值".encode().decode("latin-1"),
    "replacement": "\ufffd\ufffd",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}}{% load x %}{% url 'admin:index' %}",
    "format": "%s%(x)s%n{0}{x}",
    "SQL": "'; DROP TABLE issues_issue; --",
    "SQL wildcard": "%_\\%",
    "formula": "=cmd|' /C calc'!A0",
    "path": "../../../../etc/passwd",
    "header": "x\r\nSet-Cookie: evil=1",
    "JSON": '{"a": [1, {"b": null}]}',
    "negative": "-1",
    "zero": "0",
    "huge": "9" * 40,
    "very huge": "9" * 4000,
    "one too many": str(2**63),
    "exponent": "1e309",
    "not a number": "NaN",
    "infinite": "Infinity",
    "hexadecimal": "0x1F",
    "underscore": "1_000",
    "fraction": "1.5",
    "true": "true",
    "none": "None",
    "undefined": "undefined",
    "impossible date": "2021-02-30",
    "far date": "99999-01-01",
    "first date": "0001-01-01",
    "last date": "9999-12-31",
    "date with time": "2021-07-05T10:00:00+99:99",
    "swapped": "37.8937",
    "long": "长" * 5000,
    "UUID": "00000000-0000-0000-0000-000000000000",
    "broken UUID": "00000000-0000-0000-0000-00000000000g",
    "lone surrogate": "%ED%A0%80",
}

#: Bytes that are no text, for the raw query string and form bodies.
RAW: dict[str, bytes] = {
    "GB18030": "高值".encode("gb18030"),
    "UTF-16": "高值".encode("utf-16"),
    "half a character": "高".encode()[:2],
    "overlong": b"\xc0\xaf",
    "surrogate bytes": b"\xed\xa0\x80",
    "high bytes": bytes(range(128, 256)),
    "broken percent": b"%zz%%%u0041",
    "NUL byte": b"\x00",
}

#: What fells a field most often.
WORST = ("nothing", "NUL", "huge", "long")
OTHERS = (
    "blanks", "zero width", "emoji", "full-width digits", "markup", "SQL", "negative", "one too many", "exponent",
    "not a number", "impossible date", "last date", "UUID",
)  # fmt: skip
#: A few of them, for the many fields of the many forms.
FEW = (*WORST, *OTHERS)
