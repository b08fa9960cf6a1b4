"""`make bench`: every measure, one after the other."""

import asyncio

from bench import service

asyncio.run(service.main())
