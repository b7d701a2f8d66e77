"""What the server can do for handlers, the control plane and background threads; no web, no vendor."""
