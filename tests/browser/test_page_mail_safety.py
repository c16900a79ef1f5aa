"""Nothing of a letter runs on the page, and nothing is fetched for it (cases B7, E7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from bot.sandbox.mail import MailWorld
from bot.sandbox.telegram import Emulator
from tests.browser.conftest import OpenPage
from tests.browser.letters import ANNA, company_writes

pytestmark = pytest.mark.asyncio(loop_scope="session")

BOX = f"[data-mailbox='{ANNA.address}']"
EVIL = '<img src=x onerror="top.owned=1"><script>top.owned=1</script>'
DOT = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
RTL = "\u202egnp.exe \u2067ספם"
HTML = (
    """\
<!doctype html><html onload="top.owned=1"><head><base href="{elsewhere}/base/">
<meta http-equiv="refresh" content="0;url={elsewhere}/refresh">
<link rel="preconnect" href="{elsewhere}"><link rel="stylesheet" href="{elsewhere}/a.css">
<style>@import url({elsewhere}/b.css); p {{ background: url({elsewhere}/c.png) }}</style>
<script>top.owned=1</script><script src="{elsewhere}/d.js"></script></head>
<body onload="top.owned=1" background="{elsewhere}/e.png">
<p id="top" name="contentDocument" class="phone" onclick="top.owned=1">Добрый <b>день</b></p>
<img src="{elsewhere}/f.png" alt="логотип"><img src="x" onerror="top.owned=1">
<img srcset="{elsewhere}/g.png 1x" src="data:image/svg+xml,<svg onload='top.owned=1'/>">
<img id="inline" alt="" src="{dot}">
<picture><source srcset="{elsewhere}/h.png"></picture>
<video src="{elsewhere}/i.mp4" autoplay></video>
<audio src="{elsewhere}/j.mp3" autoplay></audio><iframe src="{elsewhere}/k"></iframe>
<iframe srcdoc="<script>top.owned=1</script>"></iframe><object data="{elsewhere}/l"></object>
<embed src="{elsewhere}/m"><svg onload="top.owned=1"><image href="{elsewhere}/n.png"/>
<script>top.owned=1</script><a href="javascript:top.owned=1">в картинке</a></svg>
<noscript><p title="</noscript><img src=x onerror=top.owned=1>"></noscript>
<div style="background-image: u\\72l({elsewhere}/o.png)">o</div>
<div style="list-style: url({elsewhere}/p.png); color: red">p</div>
<div style="position: fixed; inset: 0">поверх</div>
<a href="javascript:top.owned=1">раз</a> <a href=" jAvAsCrIpT:top.owned=1">два</a>
<a href="data:text/html,<script>top.owned=1</script>">три</a>
<a href="{elsewhere}/wanted" target="_top" ping="{elsewhere}/ping">четыре</a>
<form action="{elsewhere}/q"><input autofocus onfocus="top.owned=1"></form>
<details open ontoggle="top.owned=1"><summary>Ещё</summary>текст</details>
<template><script>top.owned=1</script></template><textarea></textarea>
<x-evil onclick="top.owned=1">
"""
    + "<div>" * 3000
    + "глубоко<math><mtext><table><mglyph><style><!--</style>"
    + '<img src onerror="top.owned=1">--></style></math>'
)


@asynccontextmanager
async def elsewhere() -> AsyncIterator[tuple[str, list[str]]]:
    """A server of somebody else: its address, and the paths it was asked for."""
    asked: list[str] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="asked")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


async def letter_in(page: Page) -> None:
    await page.locator(BOX).click()
    await page.locator(".mail-threads .thread").click()
    await expect(page.locator(".letter-text")).to_be_visible()


async def test_nothing_of_a_formatted_letter_runs_or_is_fetched(
    mail: MailWorld, telegram: Emulator, browser: Browser
) -> None:
    """case E7: scripts, handlers, remote pictures and styles, disguised links; behind two walls."""
    context = await browser.new_context(locale="ru-RU")
    async with elsewhere() as (host, asked), context:
        mail.add(ANNA.address, ANNA.name)
        html = HTML.format(elsewhere=host, dot=DOT)
        await company_writes(mail, html=html)
        page = await context.new_page()
        trouble: list[str] = []
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda line: trouble.append(line.text))
        page.on("request", lambda request: trouble.append(f"asked {request.url}"))
        await page.goto(telegram.url)
        await letter_in(page)
        await page.get_by_role("button", name="Оформление").click()
        frame = page.frame_locator("iframe")
        await expect(frame.locator("b")).to_have_text("день")
        await expect(frame.get_by_text("глубоко")).to_be_visible()
        await expect(frame.locator("body")).to_contain_text("логотип")
        assert await frame.locator("#inline, img").count() == 1  # the one that came along
        await frame.locator("p").first.click()
        for name in ("раз", "два", "три"):
            await frame.get_by_text(name, exact=True).click()
            await expect(frame.locator("b")).to_have_text("день")
        left = await frame.locator("body").evaluate(
            """body => [...new Set([...body.querySelectorAll('*')].flatMap(
                 e => [e.localName, ...e.getAttributeNames()]))]"""
        )
        tags, attributes = (
            {"p", "b", "a", "div", "details", "summary", "img", "table"},
            {"href", "alt", "src", "title"},
        )
        assert set(left) - {"style"} <= tags | attributes
        shown = frame.locator("div[style]")
        assert await shown.count() == 0
        assert await page.evaluate("window.owned") is None
        # The browser may say what its policy refused, and nothing else.
        own, refused = (f"asked {telegram.url}", "asked data:"), "The action has been blocked."
        assert [each for each in trouble if not each.startswith(own) and refused not in each] == []
        assert page.url.count("/") == 3
        assert len(page.context.pages) == 1
        assert asked == []


async def test_the_frame_alone_keeps_a_letter_in(
    mail: MailWorld, telegram: Emulator, browser: Browser
) -> None:
    """case E7: what would get past the first wall still finds no script and no way out."""
    context = await browser.new_context(locale="ru-RU")
    async with elsewhere() as (host, asked), context:
        mail.add(ANNA.address, ANNA.name)
        await company_writes(mail, html="<p>Добрый день</p>")
        page = await context.new_page()
        await page.goto(telegram.url)
        await letter_in(page)
        await page.get_by_role("button", name="Оформление").click()
        iframe = page.locator("iframe")
        await expect(page.frame_locator("iframe").locator("p")).to_be_visible()
        assert await iframe.get_attribute("sandbox") == "allow-same-origin"
        refused = await iframe.evaluate(
            """async (frame, host) => {
              const own = frame.contentDocument, refused = [];
              const note = event => refused.push(event.effectiveDirective);
              own.addEventListener('securitypolicyviolation', note);
              const add = (tag, properties) => {
                const element = Object.assign(own.createElement(tag), properties);
                own.body.append(element);
                return element;
              };
              add('script', {textContent: 'top.owned = 1'});
              add('img', {src: host + '/a.png'});
              add('img', {src: location.origin + '/static/icon.svg'});
              add('link', {rel: 'stylesheet', href: host + '/b.css'});
              add('iframe', {src: host + '/c'});
              add('div', {onclick: 'top.owned = 1'}).setAttribute('onclick', 'top.owned = 1');
              own.body.lastChild.click();
              const form = add('form', {action: host + '/d', method: 'post'});
              form.requestSubmit();
              await new Promise(done => setTimeout(done, 300));
              return [...new Set(refused)].sort();
            }""",
            host,
        )
        assert {"frame-src", "img-src", "style-src-elem"} <= set(refused)
        assert await page.evaluate("window.owned") is None
        assert asked == []


async def test_words_and_names_are_shown_as_written(mail: MailWorld, open_page: OpenPage) -> None:
    """case B7: names, subject, text, file names and the source hold nothing but text."""
    mail.add(ANNA.address, EVIL[:60])
    await company_writes(
        mail,
        sender=f"<b>{RTL}</b>",
        subject=f"{EVIL} {'б' * 5000}",
        text=f"{EVIL}\n1 — {EVIL}\njavascript:top.owned=1 https://example.org/ok\n> {EVIL}\n",
        files=[(f"{EVIL}.html", "text/html", b"<script>top.owned=1</script>")],
    )
    page = await open_page(viewport={"width": 390, "height": 780})
    await letter_in(page)
    letter = page.locator(".letter")
    await expect(letter.locator(".letter-text")).to_contain_text(EVIL)
    await expect(letter.locator(".letter-choices")).to_contain_text(EVIL)
    links = await letter.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links[0] == "https://example.org/ok"
    assert len(links) == 2  # and the file, which is only ever downloaded
    answer = await page.request.get(page.url.rstrip("/") + str(links[1]))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    name = letter.locator(".letter-who bdi")
    assert RTL in await name.inner_text()
    await expect(name).to_have_css("unicode-bidi", "isolate")
    await letter.get_by_role("button", name="Исходный код").click()
    await expect(letter.locator("pre")).to_contain_text("Message-ID")
    assert await page.locator("main img, main script, main iframe").count() == 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    assert await page.evaluate("window.owned") is None
