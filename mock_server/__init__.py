"""A local double of digital-human clouds: one implementation that keeps the promises of the contracts."""
