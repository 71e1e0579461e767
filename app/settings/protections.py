"""What of other settings may be taken over without a question, and what a person has to confirm.

Every setting is one or the other: harmless, or a protection. Of a protection, the safer of both is
taken: of what is now, and of what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from app.settings.fields import VERSION, Settings
from app.settings.fields import Collection as Group
from rag.text.untrusted_values import is_elsewhere, is_path

HARMLESS = frozenset(
    (
        *("theme", "model", "embedder", "reranker", "passages", "context_tokens", "answer_tokens"),
        *("threads", "gpu_layers", "per_model", "watch_folders", "read_pictures", "largest_mb"),
        *("understand_model", "extract_model", "model_memory_mb", "indexing_paused"),
    )
)
"""Settings that decide how well, how fast and when it works, and nothing about what may leave."""

_LISTED = 5
_CHARACTERS = 200


class Loosening(Struct, frozen=True):
    """A protection that what comes would lower.

    Attributes:
        setting: the field of `Settings`, or another name for what is no setting.
        detail: what would be so, in sentences.
    """

    setting: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Protection:
    """How two values of a setting become the safer one, and what the other would do."""

    safer: Callable[[Settings, Settings], Any]
    details: Callable[[Settings, Settings], Iterator[str]]


def loosened(now: Settings, theirs: Settings) -> tuple[Loosening, ...]:
    """Returns what `theirs` would lower of the protection that `now` gives."""
    return tuple(
        Loosening(name, " ".join(protection.details(now, theirs)))
        for name, protection in PROTECTIONS.items()
        if protection.safer(now, theirs) != getattr(theirs, name)
    )


def merged(now: Settings, theirs: Settings, accepted: Collection[str] = ()) -> Settings:
    """Returns the settings of `theirs`, with each protection the safer of both.

    Args:
        now: the settings that hold.
        theirs: those that are to be taken over.
        accepted: the protections of which `theirs` is taken all the same.
    """
    values = {name: getattr(theirs, name) for name in HARMLESS}
    for name, protection in PROTECTIONS.items():
        values[name] = getattr(theirs, name) if name in accepted else protection.safer(now, theirs)
    return Settings(version=VERSION, **values)


def shown(text: str) -> str:
    """Puts foreign text on one line, without what moves the cursor or turns letters around."""
    plain = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return plain if len(plain) <= _CHARACTERS else f"{plain[:_CHARACTERS]} …"


def listed(texts: Sequence[str]) -> str:
    """Names the first of some texts, and how many more there are."""
    more = len(texts) - _LISTED
    return ", ".join(map(shown, texts[:_LISTED])) + (f" and {more} more" if more > 0 else "")


def _no_cloud(_: Settings, __: Settings) -> Iterator[str]:
    yield "Asking larger models outside would be switched on."


def _same_providers(now: Settings, theirs: Settings) -> tuple[Any, ...]:
    return tuple(provider for provider in theirs.cloud_providers if provider in now.cloud_providers)


def _new_providers(now: Settings, theirs: Settings) -> Iterator[str]:
    for provider in theirs.cloud_providers:
        if provider not in now.cloud_providers:
            text = f"“{shown(provider.name)}” at {shown(provider.base_url)} could be asked, "
            text += f"with the model {shown(provider.model)}"
            if provider.ca_file:
                text += f", trusting the certificates in {shown(provider.ca_file)}"
            yield f"{text}."


def _proxy(now: Settings, theirs: Settings) -> Iterator[str]:
    if theirs.proxy:
        yield f"Connections would go through the proxy {shown(theirs.proxy)}."
    else:
        yield f"Connections would no longer go through the proxy {shown(now.proxy)}."


def _same_certificates(now: Settings, theirs: Settings) -> str:
    return theirs.ca_file if theirs.ca_file in ("", now.ca_file) else now.ca_file


def _certificates(_: Settings, theirs: Settings) -> Iterator[str]:
    yield f"Certificates in {shown(theirs.ca_file)} would be trusted."


def _kept_payloads(_: Settings, __: Settings) -> Iterator[str]:
    yield "The full text of what you send would be kept."


def _looking(_: Settings, __: Settings) -> Iterator[str]:
    yield "Studiolo would look for new versions by itself."


def _all_words(now: Settings, theirs: Settings) -> tuple[str, ...]:
    return (*theirs.own_words, *_lost(now.own_words, theirs.own_words))


def _lost_words(now: Settings, theirs: Settings) -> Iterator[str]:
    count = len(_lost(now.own_words, theirs.own_words))
    yield f"{count} of your words to hide would no longer be hidden."


def _hidden_files(_: Settings, __: Settings) -> Iterator[str]:
    yield "Hidden files and folders would be read."


def _all_left_out(now: Settings, theirs: Settings) -> tuple[str, ...]:
    """Leaves out what either does. Order counts, and a pattern with "!" takes files in again."""
    if _in_order(now.left_out, theirs.left_out):
        added = _lost(theirs.left_out, now.left_out)
        if not now.left_out or not any(pattern.startswith("!") for pattern in added):
            return theirs.left_out
    added = _lost(theirs.left_out, now.left_out)
    return (*now.left_out, *(pattern for pattern in added if not pattern.startswith("!")))


def _lost_patterns(now: Settings, theirs: Settings) -> Iterator[str]:
    lost = _lost(now.left_out, theirs.left_out)
    names = f": {listed(lost)}" if lost else ""
    yield f"Files that are left out now would be read{names}."


def _same_links(now: Settings, theirs: Settings) -> tuple[Any, ...]:
    return tuple(link for link in theirs.followed_links if link in now.followed_links)


def _new_links(now: Settings, theirs: Settings) -> Iterator[str]:
    new = [link for link in theirs.followed_links if link not in now.followed_links]
    leads = listed([f"{link.link} to {link.target}" for link in new])
    yield f"Links that lead out of their folders would be read: {leads}."


def _all_never_leaving(now: Settings, theirs: Settings) -> tuple[Group, ...]:
    """Returns the collections that come, with every folder that never leaves now."""
    here = {folder for group in now.collections for folder in group.folders}
    groups = [
        group.model_copy(
            update={"folders": tuple(f for f in group.folders if f in here or _is_near(f))}
        )
        for group in theirs.collections
    ]
    kept = set(theirs.never_leave)
    for group in now.collections:
        lost = tuple(folder for folder in group.folders if folder not in kept)
        if not group.local_only or not lost:
            continue
        same = next((n for n, other in enumerate(groups) if other.name == group.name), None)
        if same is None:
            groups.append(group)
        else:
            folders = (*groups[same].folders, *_lost(lost, groups[same].folders))
            groups[same] = Group(name=group.name, folders=folders, local_only=True)
    return tuple(groups)


def _lost_folders(now: Settings, theirs: Settings) -> Iterator[str]:
    kept = set(theirs.never_leave)
    for group in now.collections:
        lost = [folder for folder in group.folders if folder not in kept]
        if group.local_only and lost:
            yield (
                f"Of the collection “{shown(group.name)}”, which never leaves this computer, "
                f"these folders could: {listed(lost)}."
            )
    here = {folder for group in now.collections for folder in group.folders}
    for group in theirs.collections:
        odd = [f for f in group.folders if f not in here and not _is_near(f)]
        if odd:
            yield (
                f"The collection “{shown(group.name)}” names folders that are not on this "
                f"computer: {listed(odd)}."
            )


def _is_near(folder: str) -> bool:
    return is_path(folder) and not is_elsewhere(folder)


def _lost(now: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
    """Returns what is in `now` and not in `theirs`, once each."""
    there = set(theirs)
    return tuple(dict.fromkeys(item for item in now if item not in there))


def _in_order(some: Sequence[str], among: Sequence[str]) -> bool:
    """Tells whether all of `some` stand in `among`, in the same order."""
    rest = iter(among)
    return all(item in rest for item in some)


PROTECTIONS: Mapping[str, _Protection] = {
    "cloud_enabled": _Protection(
        lambda now, theirs: now.cloud_enabled and theirs.cloud_enabled, _no_cloud
    ),
    "cloud_providers": _Protection(_same_providers, _new_providers),
    "proxy": _Protection(lambda now, _: now.proxy, _proxy),
    "ca_file": _Protection(_same_certificates, _certificates),
    "keep_payloads": _Protection(
        lambda now, theirs: now.keep_payloads and theirs.keep_payloads, _kept_payloads
    ),
    "look_for_updates": _Protection(
        lambda now, theirs: now.look_for_updates and theirs.look_for_updates, _looking
    ),
    "collections": _Protection(_all_never_leaving, _lost_folders),
    "own_words": _Protection(_all_words, _lost_words),
    "hidden_files": _Protection(
        lambda now, theirs: now.hidden_files and theirs.hidden_files, _hidden_files
    ),
    "left_out": _Protection(_all_left_out, _lost_patterns),
    "followed_links": _Protection(_same_links, _new_links),
}
"""Settings of which one value can let more leave, or be read, than another, in the order shown."""
