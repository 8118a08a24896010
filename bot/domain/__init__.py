"""The rules, without I/O.

What people ask for: ``commands``, ``change_request``, ``scope``, ``identifiers``, ``limits``. A
change: ``actions`` (what it does), ``change`` (states and transitions), ``preview``, ``policy``
(approvals needed), ``counts``. Who may: ``roles``. The audit trail: ``audit``. Values of
users: ``mail_user``, ``password``, ``secret``, ``characters``, ``user_files``.
"""
