"""Gradient health: what the optimizer's gradients, the loss and the relus say about a training.

The gradients are looked at inside of the optimizer's own update, in the graph, and only now and then.
"""
