"""onnxruntime reads the graphs, and computes what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.onnx_graph import ONNXRUNTIME, Graph


def _run(file: bytes, **inputs: Any) -> Any:
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    return session.run(None, inputs)[0]


def test_constants_and_attributes_of_each_kind_arrive() -> None:
    graph = Graph()
    values = graph.input("values", ("rows", 300))
    left, right = graph.split(
        "Split", values, graph.constant(np.array([100, 200])), outputs=2, axis=-1
    )
    bias = np.arange(200, dtype=np.float32)
    activated = graph.node("LeakyRelu", graph.node("Add", right, graph.constant(bias)), alpha=0.25)
    weight = np.asfortranarray(np.arange(40_000).reshape(200, 200) % 251 - 125).astype(np.int8)
    scale, zero = graph.constant(np.ones(1, np.float32)), graph.constant(np.zeros(1, np.int8))
    dequantised = graph.node("DequantizeLinear", graph.constant(weight.T), scale, zero)
    product = graph.node("MatMul", activated, dequantised)
    gelu = graph.node("Gelu", left, domain=ONNXRUNTIME)
    file = graph.file(graph.node("Concat", gelu, product, axis=1), ("rows", 300))
    rows = np.random.default_rng(0).normal(size=(3, 300)).astype(np.float32)
    rows[:, 100:] -= 100
    biased = rows[:, 100:] + bias
    expected = np.where(biased < 0, biased * 0.25, biased) @ weight.T.astype(np.float32)
    result = _run(file, values=rows)
    assert result[:, 100:] == pytest.approx(expected, rel=1e-3, abs=1)
    assert (np.sign(result[:, :100]) == np.sign(rows[:, :100])).all()


def test_an_operator_may_have_a_negative_attribute_and_no_rows() -> None:
    graph = Graph()
    largest = graph.node("Softmax", graph.input("values", ("rows", 2)), axis=-1)
    file = graph.file(largest, ("rows", 2))
    assert _run(file, values=np.zeros((0, 2), np.float32)).shape == (0, 2)
    assert _run(file, values=np.array([[7, 7]], np.float32)) == pytest.approx(0.5)


def test_an_array_of_another_type_is_refused() -> None:
    with pytest.raises(KeyError):
        Graph().constant(np.zeros(1, np.float64))
