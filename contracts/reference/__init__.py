"""A contract as people read it: operations, schemas, callbacks and lifecycles, with places, sources and decisions."""
