"""Float, numpy, torch, jax: the only room that knows array libraries.

`dispatch` tells them apart. Arrays whose values can be seen are evaluated by `numpy_arrays`, each
element once; those that can not (traced, batched, on a device) by `traced`, with masks.
"""
