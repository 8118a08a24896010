"""People are reached: who is told of a change that waits for approvals, when, and who looks at it."""
