"""`make bench`: every measure, one after the other."""

import asyncio
import subprocess
import sys

from bench import documents, endpoint, followups, page, promise, service, slack, stock, teams

asyncio.run(service.main())
asyncio.run(documents.main())
asyncio.run(endpoint.main())
subprocess.run([sys.executable, "-m", "bench.peak"], check=True)  # on one core, which the others are not
asyncio.run(stock.main([]))
asyncio.run(promise.main())
asyncio.run(followups.main())
asyncio.run(page.main())
asyncio.run(teams.main())
asyncio.run(slack.main())
