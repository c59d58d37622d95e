"""The configuration language: its words, how they are read, and from which files.

`places` says where something stands and what is wrong there, `kinds` what may stand under a key,
`forms` how a mapping of keys becomes a schedule; `vissl` and `ours` are the tables of the
language, `vocabulary` is both. `reading` and `writing` go from configurations to schedules and
back. What a schedule is comes from the rooms below; torch, and what an optimizer takes, may not
enter.
"""
