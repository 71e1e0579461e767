"""Assembles a seccomp filter: turns rules about system calls into a BPF program for Linux.

The program inspects one call: its number, architecture and arguments. Each rule becomes a block
that is skipped unless the number matches, so no jump is longer than a block.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from app.privacy.syscalls import NEWEST, NUMBERS

# linux/bpf_common.h
_LOAD = 0x20  # a word of the call's description
_AND = 0x54
_JUMP_IF_EQUAL = 0x15
_JUMP_IF_GREATER = 0x25
_RETURN = 0x06
# linux/seccomp.h
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000
_NUMBER, _ARCH, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data

_ALL_BITS = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor architecture that filters are made for. Little-endian.

    Attributes:
        audit: its AUDIT_ARCH (linux/audit.h).
        column: its column in `NUMBERS`.
    """

    audit: int
    column: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0),
    "aarch64": Machine(0xC00000B7, 1),
}


@dataclass(frozen=True, slots=True)
class ArgumentCheck:
    """Holds if ``argument & mask`` is one of `values`, or none of them if not `inside`.

    Only compares the lower 32 bits: no argument that is checked here has more.
    """

    argument: int
    values: tuple[int, ...]
    mask: int = _ALL_BITS
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """Refuses a system call, unless there are checks and all of them hold."""

    name: str
    error: int = errno.EACCES
    unless: tuple[ArgumentCheck, ...] = ()


def assemble(rules: Iterable[Rule], machine: Machine) -> bytes:
    """Returns the filter as an array of ``struct sock_filter``.

    Calls that no rule names are allowed. A call from another architecture (32-bit code) kills the
    process. A call newer than the rules, or from x32 with its larger numbers, fails with ENOSYS, as
    on an older kernel.

    Raises:
        KeyError: a rule names a call that is not in `NUMBERS`.
        ValueError: two rules name the same call; the second would have no effect.
    """
    rules = tuple(rules)
    if len({rule.name for rule in rules}) < len(rules):
        raise ValueError("two rules for one call")
    program = [
        _instruction(_LOAD, _ARCH),
        _instruction(_JUMP_IF_EQUAL, machine.audit, 1, 0),
        _instruction(_RETURN, _KILL_PROCESS),
        _instruction(_LOAD, _NUMBER),
        _instruction(_JUMP_IF_GREATER, NEWEST, 0, 1),
        _instruction(_RETURN, _ERRNO | errno.ENOSYS),
    ]
    for rule in rules:
        number = NUMBERS[rule.name][machine.column]
        if number is not None:
            block = _block(rule)
            program.append(_instruction(_JUMP_IF_EQUAL, number, 0, len(block)))
            program += block
    program.append(_instruction(_RETURN, _ALLOW))
    return b"".join(program)


def _block(rule: Rule) -> list[bytes]:
    refuse = _instruction(_RETURN, _ERRNO | rule.error)
    if not rule.unless:
        return [refuse]
    block: list[bytes] = []
    for check in rule.unless:
        block += (
            _instruction(_LOAD, _ARGUMENTS + 8 * check.argument),
            _instruction(_AND, check.mask),
        )
        last = len(check.values) - 1
        for index, value in enumerate(check.values):
            to_refusal = last - index  # skips the other values
            equal, other = to_refusal + 1, 0
            if not check.inside:
                equal, other = to_refusal, int(index == last)
            block.append(_instruction(_JUMP_IF_EQUAL, value, equal, other))
        block.append(refuse)
    block.append(_instruction(_RETURN, _ALLOW))
    return block


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
