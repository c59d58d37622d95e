"""Formulas as data, and as Python functions of a float.

expression     a formula in t as a tree of operations
pieces         where in a frame each formula holds, with exact boundaries
python_source  the tree written as Python source and compiled

A schedule states its pieces; a float goes through the compiled source and nothing else.
"""
