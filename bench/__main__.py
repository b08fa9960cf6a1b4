"""`make bench`: every measure, one after the other."""

import asyncio

from bench import endpoint, promise, service

asyncio.run(service.main())
asyncio.run(endpoint.main())
asyncio.run(promise.main())
