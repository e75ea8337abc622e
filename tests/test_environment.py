"""What a person reads who has a Python that cannot run pressbox."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tools import environment


class Version(NamedTuple):
    major: int
    minor: int
    micro: int = 0


def told(folder: Path) -> str:
    with pytest.raises(SystemExit) as ended:
        environment.main(str(folder), "requirements.lock")
    assert not folder.exists()
    assert isinstance(ended.value.code, str)
    return ended.value.code


def test_a_python_that_is_too_old_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", Version(3, 10))
    assert told(tmp_path / "new").startswith("pressbox needs Python 3.11 or newer, and this is 3.10: ")


def test_a_python_without_ensurepip_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    sentence = told(tmp_path / "new")
    assert sentence.startswith("this Python has no ensurepip, ")
    assert "apt-get install python3-venv" in sentence
