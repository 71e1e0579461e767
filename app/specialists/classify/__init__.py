"""Sorting texts by labels: learned in seconds from a few examples, on a processor.

`types` is what goes in and comes out, and is light. Everything else computes with numpy, SciPy and
scikit-learn, and is imported only where it runs: in the learn worker.
"""
