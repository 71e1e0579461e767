"""Settings are checked, saved whole, and never overwritten when they cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import DataTooNew
from app.settings import VERSION, Settings, SettingsStore, ThemeChoice


def test_a_change_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    SettingsStore(path).change(theme=ThemeChoice.DARK, passages=8)
    again = SettingsStore(path).current
    assert (again.theme, again.passages) == (ThemeChoice.DARK, 8)
    assert [file.name for file in tmp_path.iterdir()] == ["settings.json"]


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


@pytest.mark.parametrize("damage", ["{not json", "[]", '{"passages": "many"}', "\x00"])
def test_what_cannot_be_read_is_set_aside(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(damage, encoding="utf-8")
    assert SettingsStore(path).current == Settings()
    assert (tmp_path / "settings.unreadable.json").read_text(encoding="utf-8") == damage


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


def test_every_setting_says_what_it_is() -> None:
    for name, field in Settings.model_fields.items():
        if name != "version":
            assert field.title, name
            assert field.description, name
