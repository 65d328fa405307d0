"""Attention kernels as people and machines write them, right ones and ones with one fault each, for tests of what checks them.

`tests.support.faulty_numpy` and `tests.support.faulty_torch` have the tables. The kernels know nothing of what checks them.
"""
