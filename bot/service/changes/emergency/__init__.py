"""Break-glass: a commander decides alone (``command``), and somebody else reviews it (``review``)."""
