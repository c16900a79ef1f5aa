"""A workspace small enough to see whole, for tests of the running application."""

from __future__ import annotations

from pathlib import Path

from bot.sandbox.telegram.emulator import TOKEN

SUPPORT = """
company: {{ ru: Ромашка, en: Daisy }}
languages: [ru, en]
timezone: Europe/Moscow
database_url: "{database}"
telegram: {{ api_url: "{api}", token_file: token, poll_timeout: 2 }}
admin_chat: {admins}
strange_groups: {strange_groups}
desks:
  - {{ id: tech, title: {{ ru: Техники, en: Technicians }}, chat: {desk}, escalates_to: core }}
  - {{ id: core, line: 3, title: {{ ru: Сеть, en: Network }}, chat: {core} }}
{more_desks}routing: {{ fallback: tech }}
{more}"""
TOPIC = """
id: internet
title: { ru: Интернет, en: Internet }
phrases: { ru: [проблема с интернетом, не работает интернет], en: [internet problem] }
questions:
  - id: contract
    type: pattern
    pattern: "[0-9]{6}"
    example: "123456"
    ask: { ru: Назовите номер договора., en: What is your contract number? }
    required: false
"""
FAQ = """
section: { id: main, title: { ru: Общее, en: General } }
entries:
  - id: hours
    title: { ru: Часы работы, en: Opening hours }
    questions:
      ru: [в какие часы вы работаете, когда вы открыты, график работы офиса]
      en: [what are your opening hours, when are you open]
    answer: { ru: Работаем с 9 до 18., en: We work from 9 to 18. }
  - id: pay
    title: { ru: Оплата, en: Payment }
    questions:
      ru: [как заплатить за услуги, чем можно оплатить счёт, оплата картой]
      en: [how can I pay, paying the bill by card]
    answer: { ru: Картой в кабинете., en: By card in the cabinet. }
"""
EMAIL = """
email:
  mailboxes:
    - address: support@example.com
      imap: { host: mail.example.com, login: none }
      smtp: { host: mail.example.com, login: none }
"""
"""A mailbox, for workspaces whose letters go through something else than servers."""


def small_workspace(
    folder: Path,
    *,
    api: str = "https://api.telegram.org",
    desk: int | str = -1001,
    core: int | str = -1002,
    admins: int | str = -1003,
    database: str = "sqlite:///linezero.db",
    strange_groups: str = "leave",
    more_desks: str = "",
    more: str = "",
) -> Path:
    """Write it into ``folder`` and return the folder.

    Args:
        more_desks: further lines of ``desks``.
        more: further sections of ``support.yaml``.
    """
    (folder / "topics").mkdir(parents=True)
    (folder / "faq").mkdir()
    (folder / "token").write_text(TOKEN)
    support = SUPPORT.format(
        api=api,
        desk=desk,
        core=core,
        admins=admins,
        database=database,
        strange_groups=strange_groups,
        more_desks=more_desks,
        more=more,
    )
    (folder / "support.yaml").write_text(support, encoding="utf-8")
    (folder / "topics" / "internet.yaml").write_text(TOPIC, encoding="utf-8")
    (folder / "faq" / "main.yaml").write_text(FAQ, encoding="utf-8")
    return folder
