"""Writes a graph of operators as an ONNX file, which onnxruntime reads from memory.

ONNX files are messages of protocol buffers (https://protobuf.dev/programming-guides/encoding/); the
numbers of fields and types below are those of
https://github.com/onnx/onnx/blob/v1.18.0/onnx/onnx.proto. The package `onnx` writes the same, and
weighs 33 MB.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ONNXRUNTIME = "com.microsoft"
"""Domain of the operators that onnxruntime adds to those of ONNX."""

_FORMAT = 9  # the version of the file's form, ir_version
_OPERATORS = (("", 18), (ONNXRUNTIME, 1))
_TYPES = {"float32": 1, "int8": 3, "int64": 7}  # TensorProto.DataType
_FLOAT, _INT = 1, 2  # AttributeProto.AttributeType
_VARINT, _BYTES, _FIXED32 = 0, 2, 5  # the wire types of protocol buffers

Shape = Sequence[str | int]
"""Sizes; a size with a name is known only when the graph runs."""


class Graph:
    """Collects operators. Their values are named by what `node`, `constant` and `input` return."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []

    def input(self, name: str, shape: Shape) -> str:
        """Adds a float32 input. Returns its name."""
        self._inputs.append(_message(11, _value(name, shape)))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Adds an array of float32, int8 or int64. Returns its name.

        Raises:
            KeyError: the array has another type.
        """
        name = f"constant{len(self._constants)}"
        tensor = b"".join(_number(1, size) for size in values.shape)
        tensor += _number(2, _TYPES[values.dtype.name]) + _text(8, name)
        little_endian = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        self._constants.append(_message(5, tensor + _message(9, little_endian.tobytes())))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: int | float) -> str:
        """Adds an operator with one output. Returns the output's name."""
        return self.split(operator, *inputs, outputs=1, domain=domain, **attributes)[0]

    def split(
        self, operator: str, *inputs: str, outputs: int, domain: str = "", **attributes: int | float
    ) -> tuple[str, ...]:
        """Adds an operator with several outputs. Returns their names."""
        names = tuple(f"value{len(self._nodes)}.{number}" for number in range(outputs))
        node = b"".join(_text(1, name) for name in inputs)
        node += b"".join(_text(2, name) for name in names)
        node += _text(4, operator) + _text(7, domain)
        node += b"".join(_attribute(name, value) for name, value in attributes.items())
        self._nodes.append(_message(1, node))
        return names

    def file(self, output: str, shape: Shape) -> bytes:
        """Returns the file of the graph, whose result is the value `output`, of float32."""
        result = _message(12, _value(output, shape))
        parts = [*self._nodes, _text(2, "graph"), *self._constants, *self._inputs, result]
        operators = (
            _message(8, _text(1, name) + _number(2, version)) for name, version in _OPERATORS
        )
        head = _number(1, _FORMAT) + b"".join(operators)
        # Joined once: the constants may be most of the memory that is at hand.
        return b"".join([head, _key(7, _BYTES), _varint(sum(map(len, parts))), *parts])


def _value(name: str, shape: Shape) -> bytes:
    """Returns the message of an input, or of the result, without its key."""
    sizes = (_number(1, size) if isinstance(size, int) else _text(2, size) for size in shape)
    tensor = _number(1, _TYPES["float32"]) + _message(2, b"".join(_message(1, s) for s in sizes))
    return _text(1, name) + _message(2, _message(1, tensor))


def _attribute(name: str, value: int | float) -> bytes:
    if isinstance(value, int):
        typed = _number(3, value) + _number(20, _INT)
    else:
        typed = _key(2, _FIXED32) + struct.pack("<f", value) + _number(20, _FLOAT)
    return _message(5, _text(1, name) + typed)


def _number(field: int, value: int) -> bytes:
    return _key(field, _VARINT) + _varint(value)


def _text(field: int, text: str) -> bytes:
    return _message(field, text.encode())


def _message(field: int, content: bytes) -> bytes:
    return _key(field, _BYTES) + _varint(len(content)) + content


def _key(field: int, wire_type: int) -> bytes:
    return _varint(field << 3 | wire_type)


def _varint(value: int) -> bytes:
    """Returns a number in groups of seven bits, the lowest first; negative ones as 64 bits."""
    value &= (1 << 64) - 1
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*octets, value])
