"""Programs that are measured in processes of their own; ``bench.processes`` starts them."""
