"""Training: the one loop, and the tasks it is given."""

from __future__ import annotations

from kgx.train.loop import Curve, Grouped, ParameterGroup, Staged, Task, TrainingOptions, fit

__all__ = ["Curve", "Grouped", "ParameterGroup", "Staged", "Task", "TrainingOptions", "fit"]
