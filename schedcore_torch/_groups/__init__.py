"""The workings of param_groups and layers.

parameters   the parameters of a model: names, kinds, and patterns that select them
layer_rules  how the layers of a network are counted from the names of its parameters
report       groups as a table and as JSON

A model passes through parameters and layer_rules; `groups` and `layers` make the groups.
"""
