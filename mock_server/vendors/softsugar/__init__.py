"""SoftSugar: tasks of a 2D digital human platform, its public materials and its bills."""

NAME = "softsugar"
