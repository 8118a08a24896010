"""What the operations channel reads of alarms."""

from __future__ import annotations

from collections.abc import Mapping

ON = "🔴 ALARM · {name} · {sentence}"
OVER = "🟢 OVER · {name} · It began {began} and was over {ended}."
# Slack did not take the begin of it in time.
OVER_LATE = "🟢 OVER · {name} · It began {began} and was over {ended}. {sentence}"

# By alarm: what happens, and what to do. ``{subject}`` is the account's setting, the customer or the host; ``{program}`` begins a line of the terminal.
SENTENCES: Mapping[str, str] = {
    "loop_lag": (
        "I stood still for {value:.1f} s, and Slack gives a command 3 s. Look at the host's CPU, "
        "memory and disk."
    ),
    "socket_silence": (
        "Nothing came over Slack's socket for {value:.0f} s: commands and clicks do not reach me. I "
        "keep trying, and the terminal works. Look at status.slack.com and at this host's connection."
    ),
    "outbox_age": (
        "A message has waited for Slack for {value:.0f} s: cards and outcomes are late. What was "
        "approved is executed all the same. The log says why: outbox."
    ),
    "page_age": (
        "A pager has not taken a page for {value:.0f} s: people on call may not know of a change that "
        "waits. Tell the approvers yourself; `/continuity pending` names it. The log says why: pages."
    ),
    "deadline_age": (
        "A reminder, a report or the way back of a timed change has been due for {value:.0f} s and is "
        "not done. Look at `/continuity on` for what stays on too long, and take it back yourself. "
        "The log says why: deadlines."
    ),
    "review_age": (
        "A change that a commander decided alone has waited for its review for {value:.0f} s. Somebody who may "
        "approve presses Accept or Object on its card: `/continuity pending` names it."
    ),
    "executing_age": (
        "A change has been executing for {value:.0f} s. Find it with `/continuity pending`, and do "
        "not repeat it before its state is known."
    ),
    "database_silence": (
        "The database has not answered for {value:.0f} s: commands are not saved, and nothing is "
        "executed. Is the disk full or read-only, does another process hold the file?"
    ),
    "trail_contradicted": (
        "A change was not executed, or a deadline was put right: the audit trail contradicts the "
        "database, as the entry trail.contradicted says. Somebody may have written to the database file. Run "
        "`{program} audit verify`, and find out who could write it, before anything is approved "
        "again."
    ),
    "unknown_card": (
        "Somebody pressed a button of a change that I do not know: another bot with another database "
        "may be running on this Slack app, or my database was restored from an older backup. Find "
        "the other bot and stop it: each of the two gets half of the clicks."
    ),
    "no_leader": (
        "{subject} has known of no leader for {value:.0f} s: nothing is executed, and no message is "
        "brought up to date. Does the database answer? Does another replica run?"
    ),
    "lease_taken_over": (
        "I took over from {subject}, which was not heard of in time; nobody led for {value:.1f} s. What "
        "it had sent to the API is read back. Look whether it runs, and reaches the database."
    ),
    "slack_installation": "{about} `{program} doctor` says what else is missing.",
    "api_password": (
        "The continuity API does not accept the password in `{subject}` (401). With it nothing can "
        "be counted or switched. Correct it there, and restart the bot."
    ),
    "api_not_allowed": (
        "The continuity API does not allow customer {subject} to the bot's account (403): nothing "
        "can be counted or switched for them. Ask Retarus to give the account this customer, or "
        "correct `CONTINUITY_CREDENTIALS` and restart the bot."
    ),
    "api_unknown_customer": (
        "The continuity API does not know customer {subject} (404): nothing can be counted or "
        "switched for them. Correct the number in the role rows (`{program} role list`), or "
        "`CONTINUITY_URL`, and restart the bot."
    ),
    "api_silence": (
        "The continuity API at {subject} has not answered for {value:.0f} s: nothing can be counted "
        "or switched. Approved changes wait, and their cards say until when. Look at this host's "
        "connection, and ask Retarus. I look every minute."
    ),
}
# Only some customers at once have an alarm of their own: this one is about all others.
FURTHER_CUSTOMERS: Mapping[str, str] = {
    "api_not_allowed": (
        "The continuity API does not allow further customers to the bot's account (403). "
        "`{program} doctor` names them."
    ),
    "api_unknown_customer": (
        "The continuity API does not know further customers (404). `{program} doctor` names them."
    ),
}
