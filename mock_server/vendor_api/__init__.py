"""The interface between the shared server and the vendor packages."""
