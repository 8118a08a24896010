"""Features as Slack sees them: one module each, with its commands, buttons and modals.

What several of them share stands in ``base``.
"""

from __future__ import annotations

from bot.slack.features import (
    admin,
    audit,
    change_form,
    changes,
    customer_sets,
    delete_user,
    drill,
    edit_user,
    emergency,
    flag,
    help,  # noqa: A004  # the name of the command
    home,
    import_users,
    incident_report,
    list_users,
    notice,
    on,
    password,
    pending,
    purge_users,
    refusals,
    report,
    roles,
    show_user,
    status,
    timed,
    token,
)
from bot.slack.features.base.feature import Feature

FEATURES = Feature()
"""All that is declared, for the listeners of Bolt and for the router."""

for _one in (
    flag,
    customer_sets,
    list_users,
    show_user,
    edit_user,
    delete_user,
    import_users,
    purge_users,
    token,
    password,
    status,
    on,
    roles,
    admin,
    audit,
    incident_report,
    changes,
    emergency,
    change_form,
    timed,
    pending,
    refusals,
    drill,
    home,
    report,
    notice,
    help,
):
    FEATURES.include(_one.feature)
