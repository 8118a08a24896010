"""Who may do what, here, for this customer.

``principals`` identifies the person and their rows, ``authorise`` decides, ``refusals`` records a
no. ``change_lookup`` finds a change for somebody who may see it, ``quorum`` counts the approvals
that are needed, ``verbal_approval`` rules approvals by word, ``audit_consistency`` compares rows
with the audit trail, and ``administer`` changes roles, policy and names.
"""
