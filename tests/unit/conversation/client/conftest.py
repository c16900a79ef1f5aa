"""A small workspace whose every word the tests know."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.settings import Workspace
from config.workspace import load
from tests.unit.conversation.client.talk import Talk

SUPPORT = """
company: { ru: Маяк, en: Beacon }
telegram: { token_env: TELEGRAM_TOKEN }
admin_chat: -500
desks:
  - id: tech
    title: { ru: Техники, en: Technicians }
    chat: -100
    sign: name
    hours: { week: { mon-fri: ["09:00-18:00"] } }
  - id: money
    title: { ru: Бухгалтерия, en: Billing }
    chat: -200
routing:
  rules: [{ topic: billing, desk: money }]
  fallback: tech
tickets: { reopen_within: 3d, budget: 3 }
"""

INTERNET = """
id: internet
title: { ru: Интернет, en: Internet }
phrases:
  ru: [пропал интернет, не работает интернет, нет связи]
  en: [no internet, the internet is down]
questions:
  - { id: contract, type: pattern, pattern: 'NB-\\d{6}', example: NB-123456, required: false,
      remember: true, ask: { ru: Номер договора?, en: Contract number? },
      label: { ru: Договор, en: Contract } }
  - id: lights
    type: choice
    ask: { ru: Что горит на роутере?, en: Which lights are on? }
    options:
      - { id: dark, label: { ru: Ничего, en: None }, phrases: { ru: [всё погасло] } }
      - { id: red, label: { ru: Красная, en: Red },
          phrases: { ru: [красная лампочка], en: [red light] } }
  - { id: photo, type: file, required: false, when: { lights: red },
      ask: { ru: Пришлите фото роутера., en: Send a photo of the router. } }
  - { id: phone, type: phone, remember: true, ask: { ru: Ваш телефон?, en: Your phone? } }
priority: normal
priorities: [{ when: { lights: dark }, priority: urgent }]
"""

FORM = """
id: form
title: { ru: Анкета, en: Form }
phrases: { ru: [хочу заполнить анкету], en: [fill in the form] }
questions:
  - { id: name, type: text, remember: true, ask: { ru: Как вас зовут?, en: Your name? } }
  - { id: devices, type: number, min: 1, max: 10,
      ask: { ru: Сколько устройств?, en: How many devices? } }
  - { id: mail, type: email, ask: { ru: Почта?, en: E-mail? } }
  - { id: day, type: date, ask: { ru: Когда удобно?, en: Which day? } }
  - { id: place, type: location, ask: { ru: Где вы?, en: Where are you? } }
"""

BILLING = """
id: billing
title: { ru: Оплата, en: Billing }
phrases: { ru: [неверный счёт, списали деньги дважды], en: [wrong bill, charged twice] }
"""

FAQ = """
section: { id: home, title: { ru: Дом, en: Home } }
entries:
  - id: password
    title: { ru: Как сменить пароль, en: How to change the password }
    questions:
      ru: [сменить пароль от вайфай, забыл пароль от wifi]
      en: [change my wifi password, forgot the wifi password]
    answer: { ru: Откройте <b>настройки</b> роутера., en: Open the router <b>settings</b>. }
    buttons:
      - { text: { ru: Сайт, en: Site }, url: "https://example.com" }
      - { text: { ru: Про роутер, en: About the router }, entry: router }
      - { text: { ru: Настроить интернет, en: Set up internet }, topic: internet }
      - { text: { ru: Человек, en: Human }, person: true }
    files: [files/card.png]
    topic: internet
  - id: router
    title: { ru: Роутер мигает, en: The router blinks }
    questions:
      ru: [почему мигает роутер, роутер моргает лампочкой]
      en: [why does the router blink]
    steps:
      - text: { ru: Выключите роутер., en: Switch the router off. }
      - text: { ru: Нажмите кнопку сброса., en: Press reset. }
    otherwise: { topic: billing }
  - id: hours
    title: { ru: Часы работы офиса }
    questions:
      ru: [когда открыт офис, во сколько открывается офис]
      en: [when is your office open, office opening hours]
    answer: { ru: С девяти до шести. }
  - id: second-tv
    title: { ru: Подключить второй телевизор, en: Connect a second TV }
    questions:
      ru: [как подключить второй телевизор, нужен второй телевизор]
    answer: { ru: Нужна ещё одна приставка., en: You need one more box. }
  - id: second-phone
    title: { ru: Подключить второй телефон, en: Connect a second phone }
    questions:
      ru: [как подключить второй телефон, нужен второй телефон]
    answer: { ru: Нужна ещё одна линия., en: You need one more line. }
  - id: invoice
    title: { ru: Как получить счёт, en: How to get an invoice }
    questions:
      ru: [где взять счёт на оплату, прислать счёт на почту]
      en: [where is my invoice, send me an invoice]
    answer: { ru: Счёт в кабинете., en: It is in your account. }
"""


def write_workspace(folder: Path, support: str = SUPPORT) -> Path:
    """Write the files of the small workspace."""
    (folder / "faq" / "files").mkdir(parents=True)
    (folder / "topics").mkdir()
    (folder / "support.yaml").write_text(support, encoding="utf-8")
    for name, text in (("1-internet", INTERNET), ("2-form", FORM), ("3-billing", BILLING)):
        (folder / "topics" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "faq" / "home.yaml").write_text(FAQ, encoding="utf-8")
    (folder / "faq" / "files" / "card.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return load(write_workspace(tmp_path_factory.mktemp("workspace")))


@pytest.fixture(scope="session")
def workspace_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Workspace]:
    """The workspace with some settings overridden by dotted path."""
    folder = write_workspace(tmp_path_factory.mktemp("overridden"))
    return lambda **overrides: load(
        folder, overrides={key.replace("__", "."): value for key, value in overrides.items()}
    )


@pytest.fixture
def talk(workspace: Workspace) -> Talk:
    return Talk(workspace)


@pytest.fixture
def in_english(workspace: Workspace) -> Talk:
    return Talk(workspace, language="en-US")
