"""Settings are checked, saved whole, and never overwritten when they cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import DataFolderUnusable, DataTooNew
from app.settings.store import (
    VERSION,
    CloudProvider,
    Collection,
    Settings,
    SettingsStore,
    ThemeChoice,
)


def test_a_change_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsStore(path).change(theme=ThemeChoice.DARK, passages=8)
    again = SettingsStore(path).current
    assert (again.theme, again.passages) == (ThemeChoice.DARK, 8)
    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["settings.copy.json", "settings.json"]


def test_values_out_of_range_change_nothing(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    with pytest.raises(ValidationError):
        store.change(passages=0)
    assert store.current == Settings()


def test_listeners_hear_the_new_settings(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    heard: list[Settings] = []
    store.on_change(heard.append)
    store.change(passages=2)
    assert [settings.passages for settings in heard] == [2]


@pytest.mark.parametrize(
    "damage", ["{not json", "[]", '{"collections": 5}', "\x00", "[" * 100_000, "5", ""]
)
def test_what_cannot_be_read_is_set_aside_and_nothing_leaves(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(damage, encoding="utf-8")
    assert SettingsStore(path).current == Settings(indexing_paused=True)
    assert (tmp_path / "settings.unreadable.json").read_text(encoding="utf-8") == damage


@pytest.mark.parametrize("version", ['"2"', "null", "true", "1.5", "[]", "-1e999"])
def test_a_version_that_is_none_does_no_harm(tmp_path: Path, version: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(f'{{"version": {version}, "passages": 7}}', encoding="utf-8")
    assert SettingsStore(path).current == Settings(passages=7)


def test_what_was_set_aside_before_stays(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    for damage in ("{1", "{2", "{3"):
        path.write_text(damage, encoding="utf-8")
        SettingsStore(path)
    kept = [file.read_text(encoding="utf-8") for file in sorted(tmp_path.glob("*unreadable*"))]
    assert sorted(kept) == ["{1", "{2", "{3"]


def test_a_mark_that_an_editor_sets_before_the_text_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"passages": 7}', encoding="utf-8-sig")
    assert SettingsStore(path).current.passages == 7


def test_settings_that_are_a_folder_are_told(tmp_path: Path) -> None:
    (tmp_path / "settings.json").mkdir()
    with pytest.raises(DataFolderUnusable, match="cannot be read"):
        SettingsStore(tmp_path / "settings.json")


def test_settings_of_a_later_version_are_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    text = json.dumps({"version": VERSION + 1, "passages": 3})
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataTooNew, match="later version"):
        SettingsStore(path)
    assert path.read_text(encoding="utf-8") == text


def test_fields_that_are_not_known_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"version": VERSION, "passages": 3, "gone": 1}), encoding="utf-8")
    assert SettingsStore(path).current.passages == 3


def test_nothing_may_be_asked_outside_at_first(tmp_path: Path) -> None:
    current = SettingsStore(tmp_path / "settings.json").current
    assert not current.cloud_enabled
    assert current.cloud_providers == ()
    assert current.never_leave == ()


def test_settings_from_before_there_were_providers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    kept = {"version": 1, "passages": 7, "collections": [{"name": "Tax", "folders": ["/tax"]}]}
    path.write_text(json.dumps(kept), encoding="utf-8")
    store = SettingsStore(path)
    assert store.current.passages == 7
    assert store.current.collections == (Collection(name="Tax", folders=("/tax",)),)
    team = CloudProvider(name="Team", base_url="https://team.example/v1/", model="big")
    private = Collection(name="Health", folders=("/h", "/i"), local_only=True)
    store.change(cloud_enabled=True, cloud_providers=(team,), collections=(private,))
    again = SettingsStore(path).current
    assert again.cloud_providers[0].base_url == "https://team.example/v1"
    assert again.never_leave == ("/h", "/i")


@pytest.mark.parametrize(
    "url",
    [
        "http://team.example/v1",
        "https://",
        "team.example/v1",
        "file:///etc/passwd",
        "https://me:secret@team.example",
        "https://team.example/v1?key=1",
        "https://team.example/#x",
        "https://team.example:port",
        "https://team.example/a b",
        "https://tеam.example",  # noqa: RUF001  # a Cyrillic letter
        "https://team.example\\@evil.example",
        "https://team.example\r\nx: y",
    ],
)
def test_only_plain_https_addresses_are_taken(url: str) -> None:
    with pytest.raises(ValidationError):
        CloudProvider(name="Team", base_url=url, model="big")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://API.example/v1", "api.example"),
        ("https://192.168.1.5:8443/v1", "192.168.1.5:8443"),
    ],
)
def test_the_host_of_a_provider_names_its_port(url: str, host: str) -> None:
    assert CloudProvider(name="Team", base_url=url, model="big").host == host


def test_every_setting_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        if name != "version":
            assert field.title, name
            assert field.description, name
