"""The life of a change, from the proposal to the outcome.

``propose`` (with ``user_files`` and ``user_file_checks`` for uploads) and ``terminal`` begin it,
``preview`` counts, ``decide`` confirms, approves, denies, cancels or stops (its transaction:
``decision_step``). The ``executor`` asks ``schedule`` what is due, ``start`` begins an attempt
unless the decision is ``stale``, and ``conclude`` saves the result. ``resolve`` is for operators
where reading back did not help. ``token_reveal`` and ``password`` are the two that run while a
person waits.
"""
