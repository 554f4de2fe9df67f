"""Cost by the number of modes: chains of Kerr modes and of optomechanical cells, dense models.

models       the models
measure      measures one model in a process of its own
plain_loop   the steps of any model as a plain numba loop
tables       tables of all sizes, and of the targets
"""
