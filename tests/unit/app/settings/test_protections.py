"""Every setting is harmless or a protection, and of a protection the safer value is taken."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from app.settings.protections import HARMLESS, PROTECTIONS, loosened, merged, shown
from app.settings.store import CloudProvider, Collection, Settings, ThemeChoice
from rag.indexing.rules import Filter

TEAM = CloudProvider(name="Team", base_url="https://team.example/v1", model="big")
NOW = Settings(
    proxy="http://proxy.example:3128",
    own_words=("Anna",),
    left_out=("drafts/", "*.key"),
    collections=(Collection(name="Health", folders=("/h", "/i"), local_only=True),),
)

_folders = st.lists(st.sampled_from(["/a", "/b", "/b/c", r"\\there\x"]), unique=True).map(tuple)
_patterns = st.lists(st.sampled_from(["*.a", "b/", "!*.a", "!b/", "# x"]), max_size=4).map(tuple)
_settings = st.builds(
    Settings,
    cloud_enabled=st.booleans(),
    cloud_providers=st.lists(
        st.sampled_from([TEAM, TEAM.model_copy(update={"model": "other"})]), unique=True
    ).map(tuple),
    proxy=st.sampled_from(["", "http://a:1", "http://b:1"]),
    ca_file=st.sampled_from(["", "/a.pem", "/b.pem"]),
    keep_payloads=st.booleans(),
    own_words=st.lists(st.sampled_from(["Anna", "Bob"]), unique=True).map(tuple),
    hidden_files=st.booleans(),
    left_out=_patterns,
    collections=st.lists(
        st.builds(
            Collection,
            name=st.sampled_from(["One", "Two"]),
            folders=_folders,
            local_only=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    passages=st.integers(1, 20),
)


def test_every_setting_is_harmless_or_a_protection() -> None:
    """A new field of `Settings` fails here until somebody has thought about which it is."""
    assert not HARMLESS & PROTECTIONS.keys()
    assert HARMLESS | PROTECTIONS.keys() | {"version"} == set(Settings.model_fields)


@hypothesis.given(_settings, _settings)
def test_no_promise_is_lowered(now: Settings, theirs: Settings) -> None:
    both = merged(now, theirs)
    assert both.cloud_enabled <= now.cloud_enabled
    assert both.keep_payloads <= now.keep_payloads
    assert both.hidden_files <= now.hidden_files
    assert set(both.cloud_providers) <= set(now.cloud_providers)
    assert both.proxy == now.proxy
    assert both.ca_file in ("", now.ca_file)
    assert set(now.own_words) | set(theirs.own_words) == set(both.own_words)
    assert set(now.never_leave) <= set(both.never_leave)
    elsewhere = {f for c in now.collections for f in c.folders}
    assert all(
        f in elsewhere or not f.startswith("\\") for c in both.collections for f in c.folders
    )
    for path in ("x.a", "b/x.a", "b/y", "c/y"):
        if now.left_out and Filter(both.rules).takes(path):
            assert Filter(now.rules).takes(path)
    assert both.passages == theirs.passages


@hypothesis.given(_settings, _settings)
def test_what_is_not_taken_over_is_told_and_nothing_else(now: Settings, theirs: Settings) -> None:
    both = merged(now, theirs)
    told = {one.setting for one in loosened(now, theirs)}
    assert told == {n for n in PROTECTIONS if getattr(both, n) != getattr(theirs, n)}
    assert all(one.detail.endswith(".") for one in loosened(now, theirs))
    assert merged(now, theirs, PROTECTIONS.keys()) == theirs
    assert loosened(both, both) == ()
    assert merged(both, both) == both


def test_the_same_settings_need_no_question() -> None:
    theirs = NOW.model_copy(update={"theme": ThemeChoice.DARK, "passages": 9})
    assert loosened(NOW, theirs) == ()
    assert merged(NOW, theirs) == theirs


def test_more_protection_needs_no_question() -> None:
    theirs = Settings(
        proxy=NOW.proxy,
        own_words=("Anna", "Bob"),
        left_out=("drafts/", "*.key", "*.old"),
        collections=(*NOW.collections, Collection(name="Tax", folders=("/t",), local_only=True)),
    )
    assert loosened(NOW, theirs) == ()
    assert merged(NOW, theirs) == theirs


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("cloud_enabled", True, "switched on"),
        ("cloud_providers", [TEAM], "https://team.example/v1"),
        ("proxy", "http://other:1", "http://other:1"),
        ("proxy", "", "no longer"),
        ("ca_file", "/evil.pem", "/evil.pem"),
        ("keep_payloads", True, "kept"),
        ("collections", [], "Health"),
        ("own_words", [], "1 of your words"),
        ("hidden_files", True, "Hidden"),
        ("left_out", ["*.key"], "drafts/"),
        ("followed_links", [{"link": "/home/me/docs/out", "target": "/etc"}], "/etc"),
    ],
)
def test_each_is_told_by_itself_and_can_be_taken_over_by_itself(
    setting: str, value: Any, words: str
) -> None:
    theirs = Settings.model_validate({**NOW.model_dump(), setting: value})
    (one,) = loosened(NOW, theirs)
    assert one.setting == setting
    assert words in one.detail
    assert merged(NOW, theirs) == NOW
    assert merged(NOW, theirs, {setting}) == theirs


def test_what_is_shown_of_others_stays_on_its_line() -> None:
    told = shown("a\x1b[2Jb\r\nc\u202ed" + "x" * 500)
    assert told.isprintable()
    assert len(told) < 210
