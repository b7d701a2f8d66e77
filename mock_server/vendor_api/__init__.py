"""What a vendor package provides and what it is given: the seam between the shared server and the vendors."""
