"""`studiolo models settings` and `roles`: what holds for one model, and which does which job."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct
from pydantic import ValidationError

from app.errors import SettingRefused
from app.model_library.faults import LoadFaults
from app.model_library.roles import LIKE_ANSWERS, ModelRole, ModelRoles
from app.paths import Paths
from app.settings.fields import ModelSettings
from app.settings.store import SettingsStore
from app.shell.commands import model_library
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


class RoleOutput(Struct, frozen=True):
    """A role in `studiolo models roles`.

    Attributes:
        chosen: the id that was chosen for it; "" for the usual model.
        model: the id of the model that does it; "" where there is none.
        note: why another one does it than the chosen one, or "".
    """

    role: str
    chosen: str
    model: str
    note: str


class LoadedOutput(Struct, frozen=True):
    """A language model that is loaded in the open window. `memory_mb`: what its process takes."""

    id: str
    memory_mb: int


class RolesOutput(Struct, frozen=True):
    """The output of `studiolo models roles`. `memory_mb`: what language models may take."""

    roles: tuple[RoleOutput, ...]
    memory_mb: int
    loaded: tuple[LoadedOutput, ...]


def roles(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows which model does which job, or changes one."""
    host: Host | None = options.host
    if host is not None:
        of_roles, pool = host.services.role_models.roles, host.services.workers.pool
        loaded = tuple(
            LoadedOutput(client.running_id, client.resident_bytes >> 20) for client in pool.loaded
        )
    else:
        faults = LoadFaults(paths.load_faults)
        of_roles = ModelRoles(model_library(paths), SettingsStore(paths.settings), faults)
        loaded = ()
    role = ModelRole(options.role) if options.role else None
    if options.reset:
        for each in (role,) if role is not None else ModelRole:
            of_roles.choose(each, "")
    elif role is not None and options.model:
        of_roles.choose(role, options.model)
    of_all = of_roles.all()
    answers = next(each.id for each in of_all if each.role is ModelRole.ANSWER)
    output = RolesOutput(
        tuple(
            RoleOutput(
                each.role.value,
                each.chosen,
                each.id or (answers if each.role in LIKE_ANSWERS else ""),
                each.note,
            )
            for each in of_all
            if role in (None, each.role)
        ),
        of_roles.memory_budget() // 10**6,
        loaded,
    )
    if console.as_json:
        console.result(output)
        return 0
    for line in output.roles:
        same = not line.chosen and line.role in LIKE_ANSWERS
        console.say(f"{line.role:<12}{line.model or 'none'}{' (as answers)' if same else ''}")
        if line.note:
            console.say(f"            {line.note}")
    console.say(f"Language models may take {output.memory_mb / 1000:.1f} GB of memory together.")
    for model in output.loaded:
        console.say(f"Loaded      {model.id}, {model.memory_mb / 1000:.1f} GB")
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
