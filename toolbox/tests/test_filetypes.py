"""A file is what its content says, and only what cannot do anything by itself is taken."""

import io
import zipfile

import pytest

from toolbox.filetypes import WrongFileError, kind_of


def package(*members: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for member in members:
            made.writestr(member, "x")
    return stream.getvalue()


SHEET = package("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    "name, content, media_type",
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("A.PDF", b"%PDF-1.7", "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\n....", "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("a.txt", "报价".encode(), "text/plain"),
        ("a.csv", "报价,1".encode("gb18030"), "text/csv"),
        ("a.txt", ("报" * 2_000).encode(), "text/plain"),
        ("a.xlsx", SHEET, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_what_is_taken(name: str, content: bytes, media_type: str) -> None:
    stream = io.BytesIO(content)
    assert kind_of(name, stream).media_type == media_type
    assert stream.tell() == 0


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.exe", b"MZ"),
        ("a.html", b"<script>"),
        ("a.svg", b"<svg/>"),
        ("a.zip", package("a")),
        ("a", b"x"),
        ("a.pdf", b"MZ\x90"),
        ("a.pdf", b""),
        ("a.png", b"%PDF-1.7"),
        ("a.webp", b"RIFF\0\0\0\0WAVE"),
        ("a.txt", b"a\0b"),
        ("a.txt", b"\xff\xfe\xff\xff"),
        ("a.xlsx", package("[Content_Types].xml", "word/document.xml")),
        ("a.xlsx", package("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
        ("a.docx", b"PK\x03\x04 broken"),
        ("a.pdf.exe", b"%PDF-1.7"),
    ],
)
def test_what_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(WrongFileError):
        kind_of(name, io.BytesIO(content))
