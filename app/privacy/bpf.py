"""Assembles a seccomp filter: rules about system calls to the small programs that Linux runs.

A program looks at one call: its number, its machine and its arguments. Each rule becomes a block
that is jumped over unless the number is its own, so no jump is ever longer than a block.
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
    """A processor that filters are made for. Little-endian.

    Attributes:
        audit: its AUDIT_ARCH (linux/audit.h).
        column: its place in `NUMBERS`.
    """

    audit: int
    column: int


MACHINES = {
    "x86_64": Machine(0xC000003E, 0),
    "aarch64": Machine(0xC00000B7, 1),
}


@dataclass(frozen=True, slots=True)
class ArgumentCheck:
    """``argument & mask`` is one of `values`, or none of them if not `inside`.

    Only the lower 32 bits are looked at: all arguments that are checked here have no more.
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
    """The filter as an array of ``struct sock_filter``.

    What no rule names is allowed. A call in the way of another machine (32-bit code) ends the
    process. A call that is newer than the rules answers as an old kernel would: there is none. So
    does one in the way of x32, whose numbers are larger than any.

    Raises:
        KeyError: a rule names a call that `NUMBERS` lacks.
        ValueError: two rules name the same call, of which the second would never be looked at.
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
            to_refusal = last - index  # over the other values
            equal, other = to_refusal + 1, 0
            if not check.inside:
                equal, other = to_refusal, int(index == last)
            block.append(_instruction(_JUMP_IF_EQUAL, value, equal, other))
        block.append(refuse)
    block.append(_instruction(_RETURN, _ALLOW))
    return block


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
