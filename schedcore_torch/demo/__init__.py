"""An end-to-end run to look at and copy from: `python -m schedcore_torch.demo`.

A small vision transformer learns scikit-learn's digits from an OPTIMIZER block, is stopped in the
middle, and goes on from its checkpoint. Nothing here is part of the library: nothing imports it.
"""
