"""`make bench`: every measure, one after the other."""

import asyncio

from bench import documents, endpoint, promise, service

asyncio.run(service.main())
asyncio.run(documents.main())
asyncio.run(endpoint.main())
asyncio.run(promise.main())
