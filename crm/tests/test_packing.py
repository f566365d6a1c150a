import gzip

from django.test import Client

from accounts.models import User


def test_pages_are_packed_on_their_way_and_files_as_they_are(client: Client, alice: User) -> None:
    client.force_login(alice)
    packs = {"Accept-Encoding": "gzip, deflate"}

    page = client.get("/customers/", headers=packs)
    file = client.get("/api/v1/customers/export/?format=csv", headers=packs)
    plain = client.get("/customers/")

    assert page.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(page.content).startswith(b"<!doctype html>")
    assert len(page.content) * 4 < len(plain.content)
    assert (file.status_code, file.headers.get("Content-Encoding")) == (200, None)
    assert "Content-Encoding" not in plain.headers
