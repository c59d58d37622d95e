"""The workings of build: an OPTIMIZER block on a model.

optimizer_arguments  the optimizers of torch by name, and the arguments a block may give them
block_groups         the parameter groups that a block asks for

`schedcore._config` reads the block; `factory` puts the parts together.
"""
