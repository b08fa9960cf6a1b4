"""How the embedded reader is trained: examples, made-up ones among them, the network, and the loop.

Only `network` and `loop` need torch; the rest runs wherever the service does.
"""
