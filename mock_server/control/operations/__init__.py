"""The handlers of the control plane, one module for each chapter of its specification."""
