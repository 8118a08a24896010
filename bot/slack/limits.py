"""Limits that Slack documents, each with its page below docs.slack.dev."""

from __future__ import annotations

# reference/block-kit/blocks/section-block: `text`
MAX_SECTION_CHARS = 3000
# reference/methods/chat.postMessage: `text`. 4,000 are advised; a hundred are left for escaping.
MAX_MESSAGE_TEXT_CHARS = 3900
# reference/block-kit/blocks/table-block: the header is a row
MAX_TABLE_ROWS, MAX_TABLE_COLUMNS = 100, 20
# reference/block-kit/blocks/data-table-block: the header is a row; characters in all its cells
MAX_DATA_TABLE_ROWS, MAX_DATA_TABLE_CHARS = 201, 20_000
# reference/block-kit/blocks/data-visualization-block: `data` of a series
MAX_CHART_POINTS = 20
# reference/block-kit/block-elements/button-element: `text`, `value`
MAX_BUTTON_CHARS, MAX_BUTTON_VALUE_CHARS = 75, 2000
# reference/block-kit/composition-objects/confirmation-dialog-object: `text`, `confirm`
MAX_CONFIRM_CHARS, MAX_CONFIRM_BUTTON_CHARS = 300, 30
# reference/views/modal-views: `title`, `submit`
MAX_MODAL_TITLE_CHARS = 24
# reference/block-kit/composition-objects/option-object: `text`, `value`; option-group-object: options
MAX_OPTION_CHARS, MAX_OPTION_VALUE_CHARS, MAX_OPTIONS = 75, 150, 100
# reference/block-kit/block-elements/plain-text-input-element: `max_length`, `initial_value`
MAX_INPUT_CHARS = 3000

# authentication/verifying-requests-from-slack: a signature is valid for five minutes
MAX_SIGNATURE_AGE_SECONDS = 300

# apis/web-api/rate-limits: a message a second in each channel, and short bursts.
# `chat.update` is tier 3.
MAX_POSTS_PER_SECOND = 1.0
# reference/methods/chat.postMessage, "Rate limiting": "several hundred" in the whole workspace
MAX_POSTS_PER_MINUTE = 300
MAX_UPDATES_PER_MINUTE = 50
