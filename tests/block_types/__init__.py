"""What the bot sends in the tests, checked by `tsc --strict` against the types of `@slack/types`."""
