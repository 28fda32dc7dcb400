"""Models that need no code: data and a name, and every tactic and part of the structure as a parameter.

`catalogue` says which recipes there are and what each one takes, without TensorFlow; `images`, `texts`,
`tables` and `adversarial` build their models of `blocks`; `preparing` makes arrays of a split; `task` hands
it all to the Training that trains a user's file.
"""
