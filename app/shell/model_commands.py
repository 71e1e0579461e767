"""`studiolo models settings`: what holds for one language model only."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from pydantic import ValidationError

from app.errors import SettingRefused
from app.paths import Paths
from app.settings.fields import ModelSettings
from app.settings.store import SettingsStore
from app.shell.console import Console
from app.shell.window_protocol import Host

NAMES = tuple(name for name in ModelSettings.model_fields if name != "model")


class ModelSettingsOutput(Struct, frozen=True):
    """The output of `studiolo models settings`. `settings` has those that hold for it only."""

    id: str
    settings: Mapping[str, int | float | str]


def settings(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows, changes or resets what holds for one model only."""
    host: Host | None = options.host
    store = host.services.settings if host is not None else SettingsStore(paths.settings)
    own = store.current.for_model(options.id)
    if options.reset:
        own = ModelSettings(model=options.id)
    if options.reset or options.set:
        own = changed(own, options.set)
        store.change(per_model=[e.model_dump() for e in store.current.with_model(own)])
    values = own.model_dump(exclude={"model"}, exclude_defaults=True)
    if console.as_json:
        console.result(ModelSettingsOutput(options.id, values))
        return 0
    for name in NAMES:
        console.say(f"{name:<16}{values.get(name, 'as for all models')}")
    return 0


def changed(
    own: ModelSettings, changes: Sequence[str], names: Collection[str] = NAMES
) -> ModelSettings:
    """Applies changes such as ``temperature=0.5``; ``threads=`` takes one back.

    Args:
        own: what is changed.
        changes: each a name, "=" and a value.
        names: what may be changed.

    Raises:
        SettingRefused: a name is wrong, or a value.
    """
    values = own.model_dump()
    for change in changes:
        name, equals, value = change.partition("=")
        if name not in names or not equals:
            raise SettingRefused(
                f"{change} is not a setting with a value.",
                f"Write NAME=VALUE; the names are {', '.join(names)}.",
            )
        values[name] = value or ModelSettings.model_fields[name].default
    try:
        return ModelSettings.model_validate(values)
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0])
        raise SettingRefused(
            f"{name} cannot be {values[name]}: {fault['msg'][:1].lower()}{fault['msg'][1:]}.",
            f"{ModelSettings.model_fields[name].description}",
        ) from error
