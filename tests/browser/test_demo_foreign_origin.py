"""Another web page in the same browser, which knows the address, can neither drive the demo nor read it."""

from __future__ import annotations

import json

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, Page

from tests.browser.workspace import INCIDENT, OPERATOR, running

# Each way in which a page can reach another address; what it gets to know.
ATTACKS = """async ({ url, body }) => {
  const post = (options) => fetch(`${url}do/send`, { method: "POST", body, ...options });
  const json = { "Content-Type": "application/json" };
  const tried = {
    "fetch with JSON": () => post({ headers: json }),
    "fetch without CORS": () => post({ mode: "no-cors" }),
    "fetch with cookies": () => post({ credentials: "include", headers: { "Content-Type": "text/plain" } }),
    "beacon": async () => navigator.sendBeacon(`${url}do/send`, new Blob([body], { type: "text/plain" })) && "",
    "page": () => fetch(url),
    "events": () => new Promise((resolve, reject) => {
      const source = new EventSource(`${url}events`);
      source.onmessage = resolve;
      source.addEventListener("snapshot", resolve);
      source.onerror = reject;
    }),
    "socket": () => new Promise((resolve, reject) => {
      const socket = new WebSocket(`${url.replace("http", "ws")}events`);
      socket.onopen = resolve;
      socket.onerror = reject;
    }),
    "script": () => import(`${url}page/store.js`),
    "frame": () => new Promise((resolve, reject) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      frame.onload = () => {
        try {
          frame.contentDocument === null ? reject(new Error("closed")) : resolve(frame.contentDocument);
        } catch (error) {
          reject(error);
        }
      };
      document.body.append(frame);
    }),
  };
  const read = [];
  for (const [name, attempt] of Object.entries(tried)) {
    try {
      const answer = await attempt();
      if (answer && answer.type !== "opaque") read.push(name);
    } catch {
      // Refused, as it has to be.
    }
  }
  return read;
}"""
FORM = """({ url, body }) => {
  const form = document.createElement("form");
  form.method = "POST";
  form.enctype = "text/plain";
  form.action = `${url}do/send`;
  const field = document.createElement("input");
  // As text/plain it is sent as name=value: together the JSON that the demo takes.
  field.name = body.slice(0, -1) + ',"more":"';
  field.value = '"}';
  form.append(field);
  document.body.append(form);
  form.submit();
}"""


async def other_site(_: web.Request) -> web.Response:
    return web.Response(text="<!doctype html><body>Another site</body>", content_type="text/html")


async def test_another_origin_changes_nothing_and_reads_nothing(browser: Browser) -> None:
    app = web.Application()
    app.router.add_get("/", other_site)
    context = await browser.new_context()
    async with running() as demo, TestServer(app, host="127.0.0.1") as server:
        page: Page = await context.new_page()
        body = json.dumps({"person": OPERATOR, "channel": INCIDENT, "text": "from elsewhere"})
        right = demo.server.url
        wrong = right.replace(right.split("/")[3], "x" * 32)
        for url in (right, wrong):
            await page.goto(str(server.make_url("/")))
            assert await page.evaluate(ATTACKS, {"url": url, "body": body}) == []
            async with page.expect_navigation() as leaving:
                await page.evaluate(FORM, {"url": url, "body": body})
            answer = await leaving.value
            assert answer is not None
            assert answer.status in {403, 404}
        assert demo.slack.channel_messages(INCIDENT) == []

        # The page itself may do it.
        workspace = await demo.open(page)
        await workspace.message.fill("from here")
        await workspace.send.click()
        await workspace.row("from here").wait_for()
    await context.close()
