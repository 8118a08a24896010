"""What `docs/messages.md` shows, in its order: the name of each picture, and when the message appears."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A kind of message; ``name`` is that of its pictures."""

    name: str
    title: str
    when: str


CATALOGUE: dict[str, tuple[Entry, ...]] = {
    "A change of a flag": (
        Entry(
            "waiting", "Waiting for approval", "An operator gave the command; the count is known."
        ),
        Entry("uncounted", "Not counted", "The API did not tell how many users it is for."),
        Entry(
            "confirmation",
            "Waiting for confirmation",
            "It is for a few named users: the requester confirms it.",
        ),
        Entry(
            "opposite",
            "Opposite changes",
            "The opposite change waits too: each card names the other.",
        ),
        Entry("lonely", "Nobody can approve", "Nobody but the requester has the role."),
        Entry("dialog", "Dialog of a button", "Somebody pressed a button that changes something."),
        Entry("approved", "Approved", "It waits for another change that reaches the same users."),
        Entry("executing", "Executing", "The request is sent; the API has not answered yet."),
        Entry(
            "accepted",
            "Accepted, not seen",
            "The API accepted the change and does not show it yet.",
        ),
        Entry("unknown", "Not known", "The API's answer was lost; the bot reads back."),
        Entry("needs-person", "Needs a person", "Reading back did not tell what is set."),
        Entry("read-back", "Read back now", "Somebody pressed “Read back now”."),
        Entry(
            "ended",
            "Card of an ended change",
            "The change has ended; the outcome is a message of its own.",
        ),
        Entry("expired", "Expired", "Nobody decided within 30 minutes."),
        Entry("denied", "Denied", "An approver denied the change and said why."),
        Entry("withdrawn", "Withdrawn", "The requester withdrew the change."),
    ),
    "The manual's order as one change": (
        Entry("activate", "Activate", "Access on, then failover on, wait for one approval."),
        Entry("activate-applied", "Activated", "Both steps are done and verified."),
        Entry("activate-partly", "A step was refused", "Access is on; the API refused failover."),
        Entry(
            "restore", "Restore", "Failover off now, and access off later, wait for an approval."
        ),
        Entry("restore-applied", "Restored", "Failover is off; the bot switches access off later."),
    ),
    "Timed changes": (
        Entry("timed", "For two hours", "Waits for approval, which covers the way back, too."),
        Entry("timed-on", "On for a time", "It is on; the bot takes it back by itself."),
        Entry("timed-soon", "Taken back soon", "15 minutes before the end."),
        Entry("timed-back", "Taken back", "The bot has made the way back."),
    ),
    "Several customers": (
        Entry(
            "batch", "Waiting for one decision", "The command named several customers, or a set."
        ),
        Entry("batch-running", "Under way", "Four at a time; the rest can still be stopped."),
        Entry("set", "A set", "`/continuity set show south`"),
        Entry("batch-ended", "Outcome of each", "All have ended; the API refused one of them."),
    ),
    "Emergencies": (
        Entry("form-emergency", "Break-glass", "A commander gave a command with `--emergency`."),
        Entry("emergency", "Review owed", "The commander decided alone; nobody has reviewed it."),
        Entry("emergency-direct", "Please review", "To each person who would have approved."),
        Entry("emergency-reviewed", "Reviewed", "An approver accepted it."),
    ),
    "Drills": (
        Entry("drill-started", "A drill begins", "`/continuity drill start NUMBER slow`"),
        Entry("drill", "A change in a drill", "The customer's account has `drill = true`."),
        Entry("drill-direct", "A drill, directly", "To each person who may decide."),
        Entry("drill-score", "Score sheet", "The change of the drill was applied and read back."),
    ),
    "Outcomes": (
        Entry("applied", "Applied", "The API shows what was asked for."),
        Entry("partly", "Partly applied", "Some of the named users could not be changed."),
        Entry("failed", "Failed", "The API refused the change."),
        Entry("timeline", "Timeline", "In the thread of each card: a line for each step."),
        Entry(
            "after-outage", "After an outage of Slack", "Slack takes late what happened meanwhile."
        ),
    ),
    "Other changes": (
        Entry("edit", "Edit a user", "Fields of one user are to be changed."),
        Entry("delete", "Delete a user", "One user is to be deleted."),
        Entry("purge", "Delete users in bulk", "All users that match filters are to be deleted."),
        Entry("import", "Import users", "Users are to be updated from a file."),
        Entry("token", "Token", "A token is to be shown to the requester."),
        Entry("token-mail", "Token by mail", "A token is to be sent to the user by mail."),
    ),
    "Messages to one person": (
        Entry("direct", "You may decide", "To each person who may decide, beside the card."),
        Entry("reminder", "Reminder", "After 5, 15 and 25 minutes, to who has not looked."),
        Entry("direct-looking", "I am looking", "The approver pressed “I am looking”."),
        Entry("looking", "Somebody looks", "The card in the channel, after the same press."),
        Entry("direct-ended", "Decided", "Somebody else decided, and the change has ended."),
        Entry("told-requester", "Your change has ended", "To the requester, at every end."),
    ),
    "What is on": (
        Entry("on", "What is on", "`/continuity on`"),
        Entry("home", "Home tab", "The app's Home, of the person who opens it."),
        Entry("home-admin", "Home tab of an admin", "With the forms for roles and rules."),
        Entry("report", "Daily report", "In `OPS_CHANNEL` and to the requester, after a day."),
    ),
    "The incident's record": (
        Entry("incident-report", "Report", "`/continuity report 44444 --since 6h`"),
        Entry("notice", "Text for the users", "To whoever asked for it, to hand on."),
        Entry("report-added", "Added to the report", "Somebody chose the message shortcut."),
    ),
    "Replies to one person": (
        Entry("status", "Status", "`/continuity status`"),
        Entry("users", "List of users", "`/continuity users`"),
        Entry("user", "One user", "`/continuity user show`"),
        Entry("pending", "Open changes", "`/continuity pending`"),
        Entry("audit", "Audit trail", "`/continuity audit`"),
        Entry("whoami", "Rights", "`/continuity whoami`"),
        Entry("roles", "Roles", "`/continuity role list`"),
        Entry("help", "Help", "`/continuity help`"),
        Entry("help-command", "Help of a command", "`/continuity help failover`"),
        Entry("syntax", "Not understood", "The command cannot be read."),
        Entry("refused", "Refused", "The person may not do this."),
        Entry(
            "asked",
            "Asked for it",
            "Somebody who was refused pressed “Ask them”; the channel sees it.",
        ),
        Entry(
            "wrong-channel",
            "Wrong channel",
            "The channel is not an incident channel of this customer.",
        ),
        Entry("pointless", "Nothing to do", "The change would change nothing; there is no card."),
        Entry("unknown-group", "Unknown group", "The API knows no user in this group."),
        Entry("unknown-users", "Unknown users", "The API does not know some of the named users."),
        Entry("own-approval", "Own change", "The requester pressed Approve."),
        Entry("proposed-already", "Proposed already", "The same change is open."),
        Entry(
            "granted", "A role was given", "A direct message to the person who has the role now."
        ),
    ),
    "Forms": (
        Entry(
            "form-change",
            "A change without a command",
            "`/continuity` alone, the shortcut, or the button in the Home tab; after “Count”.",
        ),
        Entry(
            "form-notice",
            "Text for the users",
            "`/continuity notice`, or the button below an outcome.",
        ),
        Entry("form-deny", "Why?", "Before a denial, and before a conclusion by hand."),
        Entry("form-edit", "Edit a user", "`/continuity user edit`"),
        Entry("form-delete", "Delete a user", "`/continuity user delete`"),
        Entry("form-purge", "Delete users in bulk", "`/continuity purge`"),
        Entry("form-import", "Import users", "`/continuity import`"),
        Entry("form-file", "A flag for the users of a file", "`/continuity failover on … --file`"),
        Entry("form-token", "The token", "The requester pressed “Show token”."),
        Entry("form-extend", "Extend", "The requester of a timed change pressed “Extend…”."),
        Entry("form-still-needed", "Still needed", "Somebody pressed “Still needed”."),
    ),
    "Operations": (
        Entry("alarm", "Alarm", "In `OPS_CHANNEL`, once when it begins and once when it is over."),
    ),
}


def markdown() -> str:
    """Return the whole document."""
    lines = [
        "# Every message",
        "",
        "What people see in Slack: each kind of message as the bot sends it and the demo's page draws it, on a desktop and on a phone of 390 px.",
        "The pictures are made by `make screenshots`.",
    ]
    for section, entries in CATALOGUE.items():
        lines += ["", f"## {section}"]
        for one in entries:
            desktop, phone = (
                f"pictures/messages/{one.name}-{width}.png" for width in ("desktop", "phone")
            )
            lines += [
                "",
                f"### {one.title}",
                one.when,
                "",
                "| desktop | phone |",
                "|---|---|",
                f"| ![{one.title}, desktop]({desktop}) | ![{one.title}, phone]({phone}) |",
            ]
    return "\n".join(lines) + "\n"
