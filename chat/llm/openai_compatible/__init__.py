"""An assistant behind any server that speaks OpenAI's chat completions; the wire format ends here."""

from chat.llm.openai_compatible.assistant import OpenAICompatible, from_settings

__all__ = ["OpenAICompatible", "from_settings"]
