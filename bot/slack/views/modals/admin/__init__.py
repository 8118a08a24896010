"""The forms in which admins change what holds for their customers: rows that there are, and inputs."""

from __future__ import annotations

from bot.slack.views.modals.admin.admin_modal import AdminModal
from bot.slack.views.modals.admin.customer_rule import CustomerRuleModal
from bot.slack.views.modals.admin.notify import NotifyModal
from bot.slack.views.modals.admin.policy import PolicyModal
from bot.slack.views.modals.admin.roles import RolesModal
from bot.slack.views.modals.admin.sets import SetsModal
from bot.slack.views.modals.admin.user_texts import UserTextsModal, UserValuesModal

ADMIN_FORMS: tuple[type[AdminModal], ...] = (
    RolesModal,
    PolicyModal,
    CustomerRuleModal,
    NotifyModal,
    SetsModal,
    UserTextsModal,
    UserValuesModal,
)
"""In the order of their buttons in the Home tab; a button has the callback id of its form."""
