"""The workings of LARC, from a gradient to a scaled gradient.

shards        the part of a parameter that this process holds, and who holds the rest
batches       gradients with their parameters, sorted by what they have in common
norms         Euclidean norms, of whole parameters where they are sharded
scaling       the ratio of the formula, and the gradients multiplied by it
sgd_on_cpu    a step of SGD that is faster batch by batch on a CPU
sgd_compiled  a step of SGD as torch.compile sees it

A gradient passes through batches (which asks shards), norms and scaling, in this order.
"""
