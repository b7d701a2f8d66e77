"""Numbers about a running server, counted by all of its processes, and Prometheus' text form of them."""
