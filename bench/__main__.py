"""`make bench`: every measure, one after the other."""

import asyncio

from bench import endpoint, followups, promise, service

asyncio.run(service.main())
asyncio.run(endpoint.main())
asyncio.run(promise.main())
asyncio.run(followups.main())
