"""Reading an e-mail: who wrote, what about, what they said. Whatever is wrong with it, something readable comes out."""

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final

NOT_TEXT: Final = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
WIDER: Final = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "iso-8859-1": "cp1252", "us-ascii": "", "unknown-8bit": ""}  # fmt: skip
"""What mail programs say, and what they mean. Nothing: it is to be found out."""
LONGEST_ID: Final = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    message_id: str
    sender: str
    sender_name: str
    subject: str
    body: str
    attachments: tuple[str, ...]
    is_automatic: bool
    """Out of office, a newsletter, a mail that could not be delivered: nobody asked anything."""


def parse(raw: bytes) -> Parsed:
    message = message_from_bytes(raw, policy=policy.compat32)
    sender_name, sender = _sender(message)
    plain, html, attachments = _parts(message)
    body = "\n".join(plain) if any(text.strip() for text in plain) else "\n".join(_text_of(h) for h in html)
    return Parsed(
        message_id=_message_id(message, raw),
        sender=sender,
        sender_name=sender_name,
        subject=" ".join(_header(message, "Subject").split()),
        body=_clean(body).strip(),
        attachments=tuple(attachments),
        is_automatic=_is_automatic(message),
    )


def _sender(message: Message) -> tuple[str, str]:
    found = [pair for pair in getaddresses([_raw(message, "From")]) if "@" in pair[1]]
    name, address = found[0] if found else ("", "")
    return _clean(_decoded(name)), _clean(address).strip().lower()


def _message_id(message: Message, raw: bytes) -> str:
    """Without one, what it says is what it is known by."""
    said = _clean(_raw(message, "Message-ID")).strip()
    if said and len(said) <= LONGEST_ID:
        return said
    return f"sha256:{sha256(said.encode() or raw).hexdigest()}"


def _is_automatic(message: Message) -> bool:
    submitted = _raw(message, "Auto-Submitted").strip().lower()
    precedence = _raw(message, "Precedence").strip().lower()
    return (
        submitted not in {"", "no"}
        or precedence in {"bulk", "junk", "list", "auto_reply"}
        or message.get_content_type() == "multipart/report"
    )


def _parts(message: Message) -> tuple[list[str], list[str], list[str]]:
    """Plain texts, HTML texts, and the names of what is left out."""
    plain: list[str] = []
    html: list[str] = []
    left_out: list[str] = []
    for part in message.walk():
        if part.is_multipart():
            continue
        kind, name = part.get_content_type(), _name(part)
        is_attachment = (part.get_content_disposition() or "") == "attachment" or bool(name)
        if is_attachment or not kind.startswith("text/"):
            left_out.append(name or kind)
        elif kind == "text/html":
            html.append(_content(part))
        else:
            plain.append(_content(part))
    return plain, html, left_out


def _name(part: Message) -> str:
    try:
        name = part.get_filename() or ""
    except (LookupError, ValueError, TypeError):  # a name in a charset that nobody knows
        return "?"
    return _clean(_decoded(name))[:200]


def _content(part: Message) -> str:
    """A part that is cut off or said to be what it is not is read as far as it goes."""
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else str(part.get_payload()).encode(errors="replace")
    return _text(data, str(part.get_content_charset() or ""))


def _header(message: Message, name: str) -> str:
    return _clean(_decoded(_raw(message, name)))


def _raw(message: Message, name: str) -> str:
    """As it stands there; bytes that were not encoded at all come as surrogates."""
    for key, value in message.raw_items():
        if key.lower() == name.lower():
            return str(value)
    return ""


def _decoded(text: str) -> str:
    try:
        parts = decode_header(text)
    except (ValueError, LookupError):  # base64 that is none
        parts = [(text, None)]
    return "".join(
        _text(part, charset or "") if isinstance(part, bytes) else _text(_bytes(part), "")
        for part, charset in parts
    )


def _bytes(text: str) -> bytes:
    """Surrogates are the bytes that stood there."""
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes, charset: str) -> str:
    """By the charset that is said, or by what it turns out to be: UTF-8, else the Chinese national standard."""
    said = WIDER.get(charset.lower(), charset.lower())
    for name in filter(None, (said, "utf-8", "gb18030")):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("gb18030" if said == "gb18030" else "utf-8", errors="replace")


def _clean(text: str) -> str:
    return NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


class _Reader(HTMLParser):
    """What of a page is text. A line for every block."""

    BLOCKS: Final = frozenset({"p", "div", "br", "tr", "li", "h1", "h2", "h3", "table", "blockquote"})
    SILENT: Final = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - its signature
        if tag in self.SILENT:
            self.silent += 1
        elif tag in self.BLOCKS:
            self.said.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.SILENT:
            self.silent = max(0, self.silent - 1)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(re.sub(r"\s+", " ", data))


def _text_of(html: str) -> str:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return re.sub(r"\n\s*\n\s*\n+", "\n\n", "".join(reader.said))
