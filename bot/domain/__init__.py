"""The rules, without I/O.

What people ask for: ``commands``, ``change_request``, ``scope``, ``identifiers``, ``limits``. A
change: ``actions`` (what it does), ``change`` (states and transitions), ``preview``, ``policy``
(approvals needed), ``counts``. Who may: ``roles``. The audit trail: ``audit`` (the hash chain),
``row_digests``, ``change_history`` and ``role_history`` (rows compared with entries). Values of
users: ``mail_user``, ``password``, ``secret``, ``characters``, ``user_files``.
"""
