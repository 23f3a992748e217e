"""The search itself: what it must find it finds, in every spelling, and nothing by chance."""

import base64
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secrets.canaries import found, found_in_files, gzipped

SECRET = "planted words/7Q~ë"
SSN = "417-36-2958"


def zipped(text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.txt", text)
    return out.getvalue()


WRITTEN: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "capitals": lambda text: text.upper().encode() if text.isascii() else text.encode(),
    "JSON": lambda text: json.dumps({"a": text}).encode(),
    "URL": lambda text: quote(text, safe="").encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, one on": lambda text: base64.b64encode(b"a" + text.encode() + b"b"),
    "base64, two on": lambda text: base64.urlsafe_b64encode(b"ab" + text.encode() + b"cd"),
    "gzip": gzipped,
    "zlib in between": lambda text: b"head" + zlib.compress(text.encode()) + b"tail",
    "zip": zipped,
}


@pytest.mark.parametrize("written", WRITTEN.values(), ids=WRITTEN)
@pytest.mark.parametrize("secret", [SECRET, SSN, SSN.replace("-", "")])
def test_a_spelling_is_found(written: Callable[[str], bytes], secret: str) -> None:
    content = written(secret)
    assert found(content, [secret])
    assert found(content + b" behind", [secret])


def test_an_ssn_is_found_without_its_dashes_and_a_code_where_it_stands_alone() -> None:
    assert found(b"ssn=417362958", [SSN])
    assert found(b'"code": "417362"', ["417362"])
    assert not found(b"0x1f417362a9 4173620 12:00:01.417362", ["417362"])


def test_what_was_deleted_from_a_database_is_found_while_its_bytes_are_there(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("PRAGMA secure_delete=OFF")
        database.execute("CREATE TABLE t (a)")
        database.execute("INSERT INTO t VALUES (?)", (SSN,))
        database.commit()
        database.execute("DELETE FROM t")
    database.close()
    assert found_in_files([tmp_path], [SSN]) == [f"{tmp_path / 'a.db'}: {SSN}"]
