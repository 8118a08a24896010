"""The rules, without I/O.

What people ask for: ``commands``, ``change_request``, ``scope``, ``identifiers``, ``limits``. A
change: ``actions`` (what it does), ``change`` (states and transitions), ``preview``, ``outcome``,
``policy`` (approvals needed), ``counts``. Who may: ``roles``. The audit trail: ``audit``. Users:
``mail_user`` (editable fields), ``password``, ``user_files`` (imports, exports, lists of
addresses). Who is told: ``notify``, ``notify_terms``. Texts: ``characters``, ``secret``, ``csv_line``.
"""
