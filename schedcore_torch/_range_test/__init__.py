"""The workings of lr_range_test.

sweep     the updates at ever higher learning rates, and when to stop
snapshot  a copy of all that updates change, put back bit for bit afterwards
result    RangeTest: the curve as a value, what it suggests, and its picture

A test takes a snapshot, sweeps, restores, and returns a result.
"""
