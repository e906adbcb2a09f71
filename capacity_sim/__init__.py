"""Capacity Sim: how many probation staff are needed, of which grade, where and when."""

__version__ = "0.1.0"
