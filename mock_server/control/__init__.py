"""The control plane, in the form of one more vendor: same pipeline, own specification, a toolbox of its own."""

NAME = "control"
