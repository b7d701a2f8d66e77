"""Durations, and a fixed time."""

# Seconds.
HOUR = 3600
DAY = 24 * HOUR
# 2025-03-10 10:11:45 in UTC+8: a sample of Guiji's documents. Epoch milliseconds.
SAMPLE_TIME = 1_741_572_705_000
