"""All sentences that Slack shows: one module for each feature, to be read in one sitting and translated.

A text is a whole sentence, or a whole label, with named placeholders, filled in by its ``format``. What depends on a
number is a ``Plural``. Nothing here is computed, and nothing is glued: who needs another sentence adds one.
"""
