"""From a socket to an operation's handler and back: WSGI, Flask, routing, the request pipeline."""
