"""Models for single jobs beside answering, and the memory that all may take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.jobs import CancelToken
from app.model_library.roles import LIKE_ANSWERS, SETTING, ModelRole, ModelRoles, RoleModel
from app.settings.fields import Settings
from ui.bridge import Bridge
from ui.legible import legible
from ui.settings.fields import Field, ModelField, NumberField, NumberLook, OnChange
from ui.settings.section import Section
from ui.text import tr

if TYPE_CHECKING:
    from app.services import Services

LANE = "models"


class RoleField(ModelField):
    """Chooses the model of a role: that of the answers, or another one."""

    def __init__(self, role: ModelRole, services: Services, on_change: OnChange) -> None:
        self.role = role
        self._installed: dict[str, str] = {}
        super().__init__(SETTING[role], services.models, on_change)

    def show_models(self, installed: dict[str, str], state: RoleModel, settings: Settings) -> None:
        """Shows the models to choose from, and why the chosen one is not used if it is not.

        Args:
            installed: the names of the models that can be used, by id.
            state: of this role.
            settings: name the chosen one.
        """
        self._installed = installed
        self.show_value(settings)
        self.row.warn(legible(state.note))

    def _names(self) -> dict[str, str]:
        return {"": tr("Same as answers"), **self._installed}


class RolesSection(Section):
    """A row for each role that the model of the answers has by default, and one for the memory.

    Attributes:
        fields: its fields.
        names: of the settings that they change.
    """

    def __init__(self, services: Services, bridge: Bridge, on_change: OnChange) -> None:
        super().__init__(
            tr("Models for single jobs"),
            tr(
                "Usually one model does everything. Another one takes memory of its own while it "
                "is loaded."
            ),
        )
        self._services, self._bridge = services, bridge
        self._roles = [RoleField(role, services, on_change) for role in LIKE_ANSWERS]
        memory = NumberField(
            "model_memory_mb", NumberLook(512, tr("MB"), tr("Automatic")), on_change
        )
        self.fields: tuple[Field, ...] = (*self._roles, memory)
        self.names = frozenset(field.name for field in self.fields)
        for field in self.fields:
            self.add(field.row)

    def refresh(self) -> None:
        """Reloads the models to choose from, in the background."""
        services = self._services

        def look(
            _token: CancelToken, _send: Callable[[object], None]
        ) -> tuple[dict[str, str], tuple[RoleModel, ...]]:
            models = services.models
            installed = {model.id: model.name for model in models.installed() if not model.problem}
            roles = ModelRoles(models, services.settings, services.role_models.roles.faults)
            return installed, tuple(map(roles.of, LIKE_ANSWERS))

        self._bridge.run(LANE, look, self._show)

    def _show(self, looked: tuple[dict[str, str], tuple[RoleModel, ...]]) -> None:
        installed, states = looked
        for field, state in zip(self._roles, states, strict=True):
            field.show_models(installed, state, self._services.settings.current)
