"""What several forms say: buttons, the reason, and the questions of a denial or conclusion."""

CANCEL = "Cancel"
CLOSE = "Close"
PROPOSE = "Propose"
LOADING = "One moment …"
NOT_CHANGED = "{problem} Nothing was changed."

WHY = "Why? It stands on the card."
REASON_MISSING = "Give a reason."
NO_WAY_BACK = ":rotating_light: *There is no way back.*"

ABOUT_CHANGE = "{verb} {change}"
DENY = "Deny"
DENY_WHY = "Why? The requester sees it."
TRY_AGAIN = "Try again"
TRY_AGAIN_WHY = "Why is it right to send it once more?"
MARK_APPLIED = "Mark applied"
MARK_APPLIED_WHY = "How do you know that it took effect?"
GIVE_UP = "Give up"
GIVE_UP_WHY = "Why? Nobody will know what is set."

DENY_EFFECT = "You deny it, and nothing is sent: {what}"
TRY_AGAIN_EFFECT = "It is sent once more, at once: {what}"
MARK_APPLIED_EFFECT = "It counts as applied, because you say so: {what}"
GIVE_UP_EFFECT = "It ends, and what is set stays unknown: {what}"

OPEN_AGAIN = "Open the form again"
SEND_AGAIN = "Send the same file again"

UNKNOWN_BUTTON = "This button is not known here."
SLASH_COMMAND_ONLY = "A form opens for a slash command only: begin with `/continuity`."
COMMAND_TOO_LATE = "Slack did not open the form in time. Give the command again."
BUTTON_TOO_LATE = "Slack did not open the form in time. Press {button} again."
