"""Plans of tasks, retries, identifiers: pure functions, without input, output or a clock.

Every function takes the time as an argument (epoch milliseconds on the account's clock). Nothing here reads a clock,
a database or a socket.
"""
