"""The sentence of an audit entry: who did what, on or off, for whom, and why."""

from __future__ import annotations

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import NO_NAMES, NO_STORY, ChangeStory, KnownNames
from bot.slack.views.audit.kinds import OWN_WORDS
from bot.slack.views.audit.told import MRKDWN, Style, Told
from bot.slack.views.drill import labelled_text
from bot.slack.views.mrkdwn import REASON_KEYS
from bot.slack.views.texts import audit as texts

# Their first sentence names the file already, or its name says nothing.
_NAMES_ITS_FILE = frozenset({"change.proposed", "users.export_ended", "backup.made"})


def sentence(
    entry: AuditEntry,
    story: ChangeStory = NO_STORY,
    known: KnownNames = NO_NAMES,
    style: Style = MRKDWN,
) -> str:
    """Return the sentence of an entry and what follows it; ``story`` is that of its change."""
    told = Told(entry, story, known, style)
    words = " ".join([_first(told), *_details(told), *_why(told)])
    return labelled_text(words) if is_drill(entry, story) else words


def is_drill(entry: AuditEntry, story: ChangeStory) -> bool:
    """Whether the entry is of a rehearsal: of its change, or of what it says itself."""
    return story.drill or entry.record.detail.get("drill") is True


def _first(told: Told) -> str:
    kind = told.record.kind
    if own := OWN_WORDS.get(kind):
        return own(told)
    who = told.who()
    if kind in texts.OF_A_CHANGE:
        return texts.OF_A_CHANGE[kind].format(who=who, what=told.what())
    words = told.style.text(kind.replace(".", " ").replace("_", " "))
    if not told.record.change_id:
        return texts.UNKNOWN_KIND.format(who=who, kind=words)
    return texts.UNKNOWN_KIND_CHANGE.format(who=who, kind=words, what=told.what())


def _details(told: Told) -> list[str]:
    """What was read back and answered."""
    found = [texts.STEP.format(step=step)] if (step := told.value("step")) else []
    if isinstance(skipped := told.detail.get("skipped"), list):
        found.append(texts.SKIPPED.format(steps=told.style.text(", ".join(map(str, skipped)))))
    match told.detail.get("read_back"):
        case [int(in_state), int(total)]:
            found.append(texts.READ_BACK.format(in_state=f"{in_state:,}", total=f"{total:,}"))
    if (affected := told.number("affected")) is not None:
        found.append(texts.AFFECTED.format(affected))
    if failed := told.number("failed"):
        found.append(texts.NOT_REACHED.format(failed))
    if (attempt := told.number("attempt") or 0) > 1:
        found.append(texts.ATTEMPT.format(attempt=attempt))
    return found


def _why(told: Told) -> list[str]:
    """The reason, or the sentence of a step; and what was typed by somebody who was refused."""
    detail, kind = told.detail, told.record.kind
    found = []
    key = next((one for one in REASON_KEYS if detail.get(one)), "")
    if key and not (key == "file" and kind in _NAMES_ITS_FILE):
        template = {"reason": texts.REASON, "file": texts.FILE}.get(key, texts.WHY)
        words = told.free_text(str(detail[key]))
        found.append(template.format(reason=words, why=words, file=words))
    if kind == "refused" and detail.get("command"):
        found.append(texts.REFUSED_COMMAND.format(command=told.free_text(str(detail["command"]))))
    return found
