"""The services behind handlers, control plane and background threads; without web and vendors."""
