"""What the tests share: a server, accounts, clients, a callback receiver."""
