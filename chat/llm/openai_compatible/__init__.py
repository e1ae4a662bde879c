"""An assistant behind any server that speaks OpenAI's chat completions; the wire format ends here."""

from chat.llm.openai_compatible.assistant import OpenAICompatible, ToolMode, from_settings
from chat.llm.openai_compatible.faults import ServerRefused, ToolsRefused

__all__ = ["OpenAICompatible", "ServerRefused", "ToolMode", "ToolsRefused", "from_settings"]
