"""Several processes on one database: who is there, who leads, and who may still write.

``lease`` is the step that takes and renews leases, ``membership`` repeats it, ``fence`` stops the
writes of whoever was removed, ``leadership`` runs the leader's part, ``database_clock`` tells the
database's time.
"""
