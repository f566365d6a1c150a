"""How each kind of endpoint wants to be spoken to, and how it says that it has understood. Knows no database."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

LONGEST_WECOM: Final = 4_096
"""Bytes of a markdown message."""
LONGEST_TEXT: Final = 18_000
"""Bytes, for the other bots, whose limit is 20,000 with all around it."""
TOO_FAST: Final = {45009, 130101, 11232, 9499}
"""What WeCom, DingTalk and Feishu answer to whoever sends too much in a minute."""


@dataclass(frozen=True)
class Message:
    id: str
    kind: str
    at: str
    title: str
    text: str
    lines: tuple[str, ...]
    url: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def plain(message: Message, *, url: str, secret: str, now: int) -> Request:
    """The receiver computes the same over "timestamp.body" and compares; `id` stays the same in a second attempt."""
    body = packed(
        {
            "id": message.id,
            "kind": message.kind,
            "at": message.at,
            "title": message.title,
            "text": message.text,
            "lines": list(message.lines),
            "url": message.url,
            "facts": message.facts,
        }
    )
    signed = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "X-Tierbook-Id": message.id,
        "X-Tierbook-Kind": message.kind,
        "X-Tierbook-Timestamp": str(now),
        "X-Tierbook-Signature": f"v1={signed}",
    }
    return Request(url, body, headers)


def wecom(message: Message, *, url: str, **_unsigned: Any) -> Request:
    content = cut(markdown(message), LONGEST_WECOM)
    return Request(url, packed({"msgtype": "markdown", "markdown": {"content": content}}))


def dingtalk(message: Message, *, url: str, secret: str, now: int) -> Request:
    """Signed in the address, over milliseconds and the secret, by the secret."""
    if secret:
        stamp = str(now * 1_000)
        signed = hmac.new(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256).digest()
        query = urlencode({"timestamp": stamp, "sign": base64.b64encode(signed).decode()})
        url = f"{url}{'&' if '?' in url else '?'}{query}"
    content = {"title": message.title, "text": cut(markdown(message, "\n\n"), LONGEST_TEXT)}
    return Request(url, packed({"msgtype": "markdown", "markdown": content}))


def feishu(message: Message, *, url: str, secret: str, now: int) -> Request:
    """Signed in the body: nothing, by seconds and the secret. What it calls text knows mentions and links, too."""
    said = map(escaped, (message.title, message.text, *message.lines))
    text = "\n".join([*said, message.url]).strip()
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": cut(text, LONGEST_TEXT)}}
    if secret:
        signed = hmac.new(f"{now}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body = {"timestamp": str(now), "sign": base64.b64encode(signed).decode()} | body
    return Request(url, packed(body))


WRITERS: Final = {"json": plain, "wecom": wecom, "dingtalk": dingtalk, "feishu": feishu}


def markdown(message: Message, between: str = "\n") -> str:
    said = [
        f"**{escaped(message.title)}**",
        escaped(message.text),
        *(f"> {escaped(line)}" for line in message.lines),
    ]
    if message.url:
        said.append(f"[{message.url}]({message.url})")
    return between.join(part for part in said if part)


SIGNS: Final = str.maketrans(
    {"<": "＜", ">": "＞", "[": "［", "]": "］", "*": "＊", "`": "‘", "#": "＃", "@": "＠"}
)


def escaped(text: str) -> str:
    """A customer's name is no markup, and mentions nobody: wide signs, since bots differ in what they escape."""
    return text.translate(SIGNS)


def cut(text: str, most: int) -> str:
    """To so many bytes, whole characters alone."""
    raw = text.encode()
    return text if len(raw) <= most else raw[: most - 3].decode(errors="ignore") + "…"


def packed(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


# What they answer


@dataclass(frozen=True)
class Verdict:
    is_taken: bool
    again: bool = False
    """Whether a later attempt may go better."""
    error: str = ""


def verdict(format_: str, status: int, answer: bytes) -> Verdict:
    if status == 429 or status >= 500:  # noqa: PLR2004 - as HTTP has them
        return Verdict(False, again=True, error=f"HTTP {status}")
    if not 200 <= status < 300:  # noqa: PLR2004 - as HTTP has them
        return Verdict(False, error=f"HTTP {status}")
    if format_ == "json":
        return Verdict(True)
    try:
        said = json.loads(answer)
        code = said.get("errcode", said.get("code", said.get("StatusCode")))
    except (ValueError, AttributeError):
        return Verdict(False, error="The answer is not that of a bot.")
    if code == 0:
        return Verdict(True)
    words = str(said.get("errmsg", said.get("msg", "")))[:300]
    return Verdict(False, again=code in TOO_FAST, error=f"{code}: {words}")
