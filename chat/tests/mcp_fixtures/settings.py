"""Tasklore's settings, and the conformance suite's fixtures beside the tools. For a test on this machine."""

from config.settings import *  # noqa: F403
from config.settings import PRODUCTION

if PRODUCTION:
    raise SystemExit("The fixtures of the conformance suite have no place in production.")
MCP_FIXTURES = "chat.tests.mcp_fixtures.fixtures.add_to"
