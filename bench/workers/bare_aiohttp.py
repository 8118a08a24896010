"""A bare aiohttp server: it reads each request and answers the bytes of the setting ANSWER.

``python -m bench.workers.bare_aiohttp`` prints its port and serves until standard input ends.
"""

from __future__ import annotations

import asyncio
import os
import sys

from aiohttp import web


async def main() -> None:
    """Serve until standard input ends; the port is printed first."""
    answer = os.environ["ANSWER"].encode()

    async def respond(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=answer, content_type="application/json", charset="utf-8")

    app = web.Application()
    app.router.add_post("/api/{method}", respond)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
