"""Use cases: one module each, over the ports. They decide nothing that `domain/` can decide."""
