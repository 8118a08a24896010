"""The rules: what a command is, who may do what, which state comes next, what is recorded. Pure."""
