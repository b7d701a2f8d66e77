"""Faults of the network: what they do to a response, and to the connection that it takes"""
