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


def help_page(page: HelpPage) -> str:
    """Return the help of one command, examples first."""
    lines = [f"*{page.title}*: {page.meaning}"]
    lines += [f"`/continuity {example}`" for example in page.examples]
    lines += [f"Usage: {usage}" for usage in page.usage]
    lines += [f"{option}: {meaning}" for option, meaning in page.options]
    return fit_lines([escape(line) for line in lines], MAX_MESSAGE_TEXT_CHARS)


def help_overview(rights: Collection[Right]) -> str:
    """Return an example of each command that somebody with these rights may use."""
    pages = [page for page in COMMANDS.values() if usable(page, rights)]
    lines = [escape(f"`/continuity {page.examples[0]}` {page.meaning}") for page in pages]
    return fit_lines(
        [*lines, "More: `/continuity help` and the name of a command."], MAX_MESSAGE_TEXT_CHARS
    )
