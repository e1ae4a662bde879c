"""The Model Context Protocol: the tools, what they work on and a few prompts, for assistants elsewhere.

`server` and what it imports bring the `mcp` package, which takes a second and 37 MB: import them when
somebody asks, and not before.
"""
