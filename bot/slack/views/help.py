"""The replies to `/continuity help`. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.roles import Right
from bot.grammar import COMMANDS, HelpPage, SyntaxProblem
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import escape, fit_lines
from bot.slack.views.texts import help as texts


def syntax_problem(problem: SyntaxProblem) -> str:
    """Return why a command cannot be read, what was typed with the place marked, and an example."""
    lines = [escape(problem.sentence)]
    if problem.echo:
        # Three backticks would end the code.
        lines.append(f"```{escape(problem.echo.replace('```', '‵‵‵'))}```")
    if problem.suggestion:
        lines.append(texts.TRY.format(command=escape(problem.suggestion)))
    elif problem.example:
        lines.append(texts.EXAMPLE.format(command=escape(problem.example)))
    return "\n".join(lines)


def named(customer: str, name: str) -> str:
    """Return which number the customer has that was named; escaped."""
    return texts.NAMED.format(name=escape(name), customer=customer)


def usable(page: HelpPage, rights: Collection[Right]) -> bool:
    """Return whether somebody with these rights may use the command."""
    return page.right is None or page.right in rights


def refused(page: HelpPage) -> str:
    """Return which right the command needs; escaped."""
    return texts.MAY_NOT.format(title=escape(page.title), right=page.right)


def help_page(page: HelpPage) -> str:
    """Return the help of one command, examples first."""
    lines = [texts.COMMAND.format(title=page.title, meaning=page.meaning)]
    lines += [texts.CODE.format(command=example) for example in page.examples]
    lines += [texts.USAGE.format(usage=usage) for usage in page.usage]
    lines += [texts.OPTION.format(option=option, meaning=told) for option, told in page.options]
    return fit_lines([escape(line) for line in lines], MAX_MESSAGE_TEXT_CHARS)


def help_overview(rights: Collection[Right]) -> str:
    """Return at most six commands that somebody with these rights may use, and how to see more."""
    lines = [line for title, line in texts.OVERVIEW.items() if usable(COMMANDS[title], rights)]
    return "\n".join([*lines, texts.MORE])


def help_more(rights: Collection[Right]) -> str:
    """Return a line for each command that somebody with these rights may use."""
    pages = [page for page in COMMANDS.values() if usable(page, rights)]
    lines = [escape(texts.COMMAND.format(title=page.title, meaning=page.meaning)) for page in pages]
    return fit_lines([*lines, texts.ONE_COMMAND], MAX_MESSAGE_TEXT_CHARS)
