"""Damaged settings: each field by itself, nothing lost in silence, no protection lowered."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.errors import AppError, DataTooNew
from app.settings.fields import CloudProvider, Collection, ModelSettings, Settings, ThemeChoice
from app.settings.protections import loosened
from app.settings.store import SettingsStore
from rag.indexing.rules import FollowedLink

FILLED = Settings(
    theme=ThemeChoice.DARK,
    model="qwen2.5-coder-1.5b-instruct-q4_k_m",
    embedder="all-minilm-l6-v2",
    reranker="none",
    passages=7,
    context_tokens=8192,
    answer_tokens=600,
    threads=3,
    gpu_layers=0,
    per_model=(
        ModelSettings(model="small", temperature=0.5, threads=2, rules="Answer in Dutch."),
        ModelSettings(model="large", context_tokens=8192, gpu_layers=0, idle_minutes=5),
    ),
    watch_folders=False,
    read_pictures=False,
    left_out=("drafts/", "*.key", "!public.key"),
    largest_mb=30,
    followed_links=(FollowedLink("/home/me/docs/out", "/srv/out"),),
    collections=(
        Collection(name="Tax", folders=("/home/me/tax",)),
        Collection(name="Gesundheit", folders=("/home/me/ärztin", "/home/me/x"), local_only=True),
    ),
    cloud_enabled=True,
    cloud_providers=(
        CloudProvider(name="Team", base_url="https://team.example/v1", model="big"),
        CloudProvider(
            name="House",
            base_url="https://10.0.0.2:8443/v1",
            model="m",
            input_price=0.25,
            output_price=1.5,
            ca_file="/etc/house.pem",
        ),
    ),
    own_words=("Müller", "Projekt Adler"),
    understand_model="quick",
    extract_model="exact",
    model_memory_mb=6000,
    proxy="http://proxy.example:3128",
    ca_file="/etc/ssl/own.pem",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return _written(tmp_path)


def _written(folder: Path) -> Path:
    path = folder / "settings.json"
    SettingsStore(path).change(**FILLED.model_dump())
    return path


def _without_copy(path: Path) -> Path:
    path.with_suffix(".copy.json").unlink()
    return path


def _edit(path: Path, **values: Any) -> None:
    kept = json.loads(path.read_bytes())
    path.write_text(json.dumps({**kept, **values}), encoding="utf-8")


def _kept(path: Path) -> list[bytes]:
    return [file.read_bytes() for file in path.parent.glob("settings.unreadable*")]


def test_every_field_is_filled() -> None:
    """Otherwise a field whose value is lost would not be missed."""
    usual = Settings()
    same = {n for n in Settings.model_fields if getattr(FILLED, n) == getattr(usual, n)}
    switches = {"hidden_files", "keep_payloads", "look_for_updates", "indexing_paused"}
    assert same == {"version", *switches}


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 900, b"{", b"null", b'{"passages": 7', b"\xff\xfe"]
)
def test_a_file_without_settings_is_made_good_from_the_copy(path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    store = SettingsStore(path)
    assert store.current == FILLED
    assert store.recovered is not None
    assert "as they were before" in store.recovered.message.message
    assert "settings.unreadable.json" in store.recovered.message.advice
    assert _kept(path) == [damage]
    again = SettingsStore(path)
    assert again.current == FILLED
    assert again.recovered is None
    assert len(_kept(path)) == 1


def test_a_file_that_is_gone_comes_from_the_copy(path: Path) -> None:
    path.unlink()
    store = SettingsStore(path)
    assert store.current == FILLED
    assert store.recovered is not None
    assert store.recovered.kept == ""


def test_without_a_copy_nothing_leaves_and_nothing_new_is_read(path: Path) -> None:
    _without_copy(path).write_bytes(b"\0")
    store = SettingsStore(path)
    assert store.current == Settings(indexing_paused=True)
    assert store.recovered is not None
    assert store.recovered.shut
    assert "asking larger models outside is switched off" in store.recovered.message.message
    assert SettingsStore(path).current == Settings(indexing_paused=True)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("passages", 600),
        ("passages", None),
        ("theme", "pink"),
        ("threads", "many"),
        ("model", "\ud800"),
        ("gpu_layers", 10**30),
        ("watch_folders", {"deep": [[[[]]]]}),
    ],
)
def test_one_bad_field_loses_only_itself(path: Path, field: str, value: Any) -> None:
    """And where the file has no copy, nothing is shut for a field that protects nothing."""
    kept = FILLED.model_dump(mode="json")
    _without_copy(path).write_text(json.dumps({**kept, field: value}), encoding="utf-8")
    store = SettingsStore(path)
    usual = Settings.model_fields[field].default
    assert store.current == FILLED.model_copy(update={field: usual})
    assert store.recovered is not None
    assert store.recovered.unread == (field,)
    title = str(Settings.model_fields[field].title)
    assert store.recovered.message.message == (
        f"Some settings could not be read and were set back: {title}."
    )


@pytest.mark.parametrize("field", [name for name in Settings.model_fields if name != "version"])
@pytest.mark.parametrize("kept_twice", [True, False], ids=["with a copy", "without"])
def test_each_field_falls_back_alone(path: Path, field: str, kept_twice: bool) -> None:
    """And is named; what nobody knows any more, such as own words, shuts the way out as well."""
    values = {**json.loads(path.read_bytes()), field: {"no": "value"}}
    del values["checksum"]
    path.write_text(json.dumps(values), encoding="utf-8")
    if not kept_twice:
        _without_copy(path)
    store = SettingsStore(path)
    assert store.recovered is not None
    assert store.recovered.unread == (field,)
    assert str(Settings.model_fields[field].title) in store.recovered.message.message
    back = FILLED if kept_twice else Settings()
    shut = {"cloud_enabled": False, "indexing_paused": True} if store.recovered.shut else {}
    assert store.current == FILLED.model_copy(update={field: getattr(back, field), **shut})
    protects = field in ("collections", "own_words", "left_out", "proxy")
    assert store.recovered.shut == (protects and not kept_twice)


@pytest.mark.parametrize("odd", ["9" * 5000, "-" + "9" * 5000, "NaN"])
def test_a_number_that_python_does_not_take_falls_back_alone(path: Path, odd: str) -> None:
    values = {n: v for n, v in json.loads(path.read_bytes()).items() if n != "checksum"}
    text = json.dumps(values).replace('"passages": 7', f'"passages": {odd}')
    _without_copy(path).write_text(text, encoding="utf-8")
    store = SettingsStore(path)
    assert store.current == FILLED.model_copy(update={"passages": Settings().passages})
    assert store.recovered is not None
    assert store.recovered.unread == ("passages",)


def test_fields_that_nobody_knows_are_passed_over(path: Path) -> None:
    values = {n: v for n, v in json.loads(path.read_bytes()).items() if n != "checksum"}
    values["cloud_providers"][0]["colour"] = "red"
    values["collections"][0]["colour"] = ["red"]
    path.write_text(json.dumps({**values, "colour": {"red": 5}}), encoding="utf-8")
    store = SettingsStore(path)
    assert store.current == FILLED
    assert store.recovered is None


@pytest.mark.parametrize(
    ("field", "odd"),
    [("input_price", -1), ("input_price", "dear"), ("output_price", 1e9), ("context_tokens", None)],
)
def test_a_bad_figure_of_a_provider_costs_its_figures_only(
    path: Path, field: str, odd: object
) -> None:
    given = FILLED.model_dump(mode="json")
    given["cloud_providers"][1][field] = odd
    _without_copy(path).write_text(json.dumps(given), encoding="utf-8")
    store = SettingsStore(path)
    first, second = FILLED.cloud_providers
    usual = {"input_price": None, "output_price": None, "context_tokens": 0}
    assert store.current.cloud_providers == (first, second.model_copy(update=usual))
    assert store.recovered is not None
    assert store.recovered.unread == ("cloud_providers",)


@pytest.mark.parametrize(
    ("field", "odd"), [("ca_file", 5), ("base_url", "ftp://a.example"), ("model", ""), ("kind", 1)]
)
def test_a_provider_that_could_be_another_one_is_left_out(
    path: Path, field: str, odd: object
) -> None:
    given = FILLED.model_dump(mode="json")
    given["cloud_providers"][1][field] = odd
    _without_copy(path).write_text(json.dumps(given), encoding="utf-8")
    assert SettingsStore(path).current.cloud_providers == FILLED.cloud_providers[:1]


def test_one_bad_field_is_taken_from_the_copy(path: Path) -> None:
    _edit(path, passages=600, largest_mb=31)
    store = SettingsStore(path)
    assert store.current == FILLED.model_copy(update={"largest_mb": 31})
    assert store.recovered is not None
    assert "are as they were before: Passages per answer." in store.recovered.message.message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cloud_enabled", "perhaps"),
        ("keep_payloads", 7),
        ("hidden_files", None),
        ("ca_file", 5),
        ("followed_links", {}),
    ],
)
def test_what_protects_falls_back_to_the_stricter(path: Path, field: str, value: Any) -> None:
    given = {**FILLED.model_dump(mode="json"), "keep_payloads": True, "hidden_files": True}
    _without_copy(path).write_text(json.dumps({**given, field: value}), encoding="utf-8")
    store = SettingsStore(path)
    assert getattr(store.current, field) == Settings.model_fields[field].default
    assert not store.current.indexing_paused
    assert store.current.cloud_enabled == (field != "cloud_enabled")


@pytest.mark.parametrize("field", ["collections", "own_words", "left_out", "proxy"])
@pytest.mark.parametrize("value", [5, [5], "\ud800", ["\ud800"], None])
def test_protections_that_are_lost_shut_the_way_out(path: Path, field: str, value: Any) -> None:
    given = {**FILLED.model_dump(mode="json"), field: value}
    _without_copy(path).write_text(json.dumps(given), encoding="utf-8")
    current = SettingsStore(path).current
    assert not current.cloud_enabled
    assert current.indexing_paused
    assert current.passages == FILLED.passages


def test_one_bad_entry_of_a_list_loses_only_itself(path: Path) -> None:
    given = FILLED.model_dump(mode="json")
    given["cloud_providers"][0]["base_url"] = "http://plain.example"
    given["collections"][0]["name"] = ""
    given["collections"][1]["folders"].append(5)
    given["collections"][1]["local_only"] = "who knows"
    given["own_words"].insert(1, {})
    _without_copy(path).write_text(json.dumps(given), encoding="utf-8")
    store = SettingsStore(path)
    assert store.current.cloud_providers == FILLED.cloud_providers[1:]
    assert [c.name for c in store.current.collections] == ["Unnamed", "Gesundheit"]
    assert store.current.never_leave == FILLED.never_leave
    assert store.current.own_words == FILLED.own_words


def test_another_encoding_costs_nothing(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert SettingsStore(path).current == FILLED


def test_another_encoding_without_a_copy_keeps_what_is_ascii_and_shuts(path: Path) -> None:
    text = _without_copy(path).read_text(encoding="utf-8")
    path.write_bytes(text.encode("latin-1"))
    current = SettingsStore(path).current
    assert current.passages == FILLED.passages
    assert "/home/me/x" in current.never_leave
    assert not current.cloud_enabled


def test_who_edits_the_file_need_not_be_told(path: Path) -> None:
    _edit(path, passages=9, own_words=[*FILLED.own_words, "More"])
    store = SettingsStore(path)
    assert store.current.passages == 9
    assert store.current.own_words[-1] == "More"
    assert store.recovered is None
    assert _kept(path) == []


def test_an_edit_that_protects_less_is_held_back_and_told(path: Path) -> None:
    _edit(path, passages=9, own_words=[], keep_payloads=True)
    store = SettingsStore(path)
    assert store.current == FILLED.model_copy(update={"passages": 9})
    assert store.recovered is not None
    assert set(store.recovered.held) == {"own_words", "keep_payloads"}
    assert "Words to hide" in store.recovered.message.message
    assert len(_kept(path)) == 1


def test_an_edit_without_the_checksum_is_meant(path: Path) -> None:
    values = json.loads(path.read_bytes())
    del values["checksum"]
    path.write_text(json.dumps({**values, "own_words": []}), encoding="utf-8")
    store = SettingsStore(path)
    assert store.current == FILLED.model_copy(update={"own_words": ()})
    assert store.recovered is None


def test_a_version_that_was_damaged_bars_nobody(path: Path) -> None:
    _edit(path, version=9)
    assert SettingsStore(path).current == FILLED


def test_a_damaged_copy_does_no_harm(path: Path) -> None:
    copy = path.with_suffix(".copy.json")
    copy.write_bytes(b"\0")
    store = SettingsStore(path)
    assert store.current == FILLED
    assert store.recovered is None
    assert copy.read_bytes() == path.read_bytes()


def test_a_disk_that_cannot_be_written_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _edit(path, passages=600)
    damaged = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("app.settings.store.write_private", full)
        assert SettingsStore(path).current == FILLED
    assert path.read_bytes() == damaged
    assert SettingsStore(path).current == FILLED
    assert _kept(path) == [damaged]


# Files damaged at random

_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 10**30, 1e308, float("inf"), float("nan"), "", "x", "\0"),
    *("true", "off", "\ud800", [], {}, [[]], [None], [{}], {"a": 1}, "y" * 5000, [5, "a"]),
)
_BYTES = (b"\0", b"\xff", b'"', b"{", b"}", b"[", b",", b":", b"\\", b"\\u0000", b"\xef\xbb\xbf")


def _odd(dice: random.Random) -> Any:
    return copy.deepcopy(dice.choice(_ODD))


def _flip(raw: bytes, dice: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(dice.randint(1, 8)):
        changed[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(raw: bytes, dice: random.Random) -> bytes:
    return raw[: dice.randrange(len(raw))]


def _zero(raw: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(raw))
    return raw[:start] + bytes(min(512, len(raw) - start)) + raw[start + 512 :]


def _insert(raw: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(raw))
    return raw[:place] + dice.choice(_BYTES) * dice.choice((1, 1, 1, 3000)) + raw[place:]


def _double(raw: bytes, dice: random.Random) -> bytes:
    first, second = sorted((dice.randrange(len(raw)), dice.randrange(len(raw))))
    return raw[:second] + raw[first:]


def _encode(raw: bytes, dice: random.Random) -> bytes:
    text = raw.decode("utf-8", "replace")
    encoding = dice.choice(("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1250"))
    return text.encode(encoding, "replace")


def _repeat_a_field(raw: bytes, dice: random.Random) -> bytes:
    name = dice.choice(tuple(Settings.model_fields))
    entry = json.dumps({name: dice.choice(_ODD)})[1:-1]
    return raw.rstrip()[:-1] + f", {entry}}}".encode()


def _change_values(raw: bytes, dice: random.Random) -> bytes:
    values = json.loads(raw)
    for _ in range(dice.randint(1, 3)):
        name = dice.choice(tuple(Settings.model_fields))
        value = values.get(name)
        if isinstance(value, list) and value and dice.random() < 0.6:
            place = dice.randrange(len(value))
            inner = value[place]
            if isinstance(inner, dict) and inner and dice.random() < 0.7:
                inner[dice.choice(tuple(inner))] = _odd(dice)
            else:
                value[place] = _odd(dice)
        elif dice.random() < 0.2:
            values.pop(name, None)
        else:
            values[name] = _odd(dice)
    return json.dumps(values).encode()


def _nest(raw: bytes, dice: random.Random) -> bytes:
    depth = dice.choice((50, 5000, 100_000))
    name = dice.choice(tuple(Settings.model_fields)).encode()
    return raw.rstrip()[:-1] + b', "' + name + b'": ' + b"[" * depth + b"]" * depth + b"}"


_MUTATORS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    *(_flip, _flip, _flip, _cut, _zero, _insert, _double, _encode, _repeat_a_field),
    *(_change_values, _change_values, _change_values, _nest),
)


def _mutated(raw: bytes, dice: random.Random) -> bytes:
    changed = dice.choice(_MUTATORS)(raw, dice)
    if dice.random() < 0.2 and changed:
        changed = dice.choice((_flip, _cut, _zero, _insert))(changed, dice)
    return changed


@pytest.mark.parametrize(
    "files", [200, pytest.param(5000, marks=pytest.mark.slow)], ids=["some", "all"]
)
@pytest.mark.parametrize("kept_twice", [True, False], ids=["with a copy", "without"])
def test_files_damaged_at_random(tmp_path: Path, files: int, kept_twice: bool) -> None:
    """No traceback, nothing loosened, and the bytes are kept wherever something was set back."""
    original = _written(tmp_path).read_bytes()
    sound = tmp_path / "settings.copy.json"
    dice = random.Random(files)
    told = 0
    for number in range(files):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "settings.json"
        raw = _mutated(original, dice)
        path.write_bytes(raw)
        if kept_twice:
            (folder / sound.name).write_bytes(original)
        try:
            store = SettingsStore(path)
        except DataTooNew:
            assert path.read_bytes() == raw
            continue
        except AppError as error:
            pytest.fail(f"{error} for {raw!r}")
        now = store.current
        lower = {one.setting for one in loosened(FILLED, now)}
        if kept_twice:
            assert not lower, raw
        else:  # what may leave is nothing, and what may be read is nothing new
            shut = not now.cloud_enabled and now.indexing_paused
            assert shut or not lower, raw
        if store.recovered is not None:
            told += 1
            assert _kept(path) == [raw]
            assert store.recovered.message.message
        again = SettingsStore(path)
        assert again.current == now
        assert again.recovered is None
    assert told > files / 4


def test_of_a_models_settings_only_what_cannot_be_read_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    SettingsStore(file).change(
        per_model=[{"model": "small", "temperature": 0.5, "rules": "Answer in Dutch."}]
    )
    values = json.loads(file.read_bytes())
    values["per_model"][0]["temperature"] = "hot"
    values["per_model"].append({"temperature": 1})
    file.write_text(json.dumps(values))
    for copied in tmp_path.glob("settings*"):
        if copied != file:
            copied.unlink()
    store = SettingsStore(file)
    assert store.current.per_model == (ModelSettings(model="small", rules="Answer in Dutch."),)
    assert store.recovered is not None
    assert "Settings of single models" in store.recovered.message.words
