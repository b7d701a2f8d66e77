"""What the control plane's operations do, one module for each chapter of its specification."""
