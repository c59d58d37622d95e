"""The workings of ScheduleLR, from what a user passes to what a group holds.

spec           what may be passed for a key, and the schedule that each group gets
timeline       the progress that each step of the run reads, extensions included
writers        writes one number into all groups: floats one by one
tensor_writer  the same for tensors, in place, as views of one vector
binding        all writers on the groups of one optimizer
checkpoint     the state dict, and what to do with that of another run
ownership      who writes which key, and the hooks on the optimizer
warning_texts  the sentences that only a run can give rise to

A step passes through ownership, binding and writers, in this order.
"""
