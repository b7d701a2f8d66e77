"""What will happen to tasks, and when: pure functions without input and output, and without a clock of their own.

Every function takes the time as an argument (epoch milliseconds on the account's clock). Nothing here reads a clock,
a database or a socket.
"""
