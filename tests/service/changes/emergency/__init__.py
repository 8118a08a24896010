"""Break-glass: decided alone, reviewed, reminded of."""
