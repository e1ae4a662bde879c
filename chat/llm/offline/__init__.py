"""The built-in assistant: plain commands read without a model, a network or a database.

The rooms, in the order in which words pass through them: `words` normalises; `messages` parts a message into
commands; `talking`, `adding`, `changing`, `updating` and `finding` recognise; `slots`, `parts`, `when` and
`filters` extract; `references` resolves, by `pointing`, `stems` and `antecedents`; `reading`, `acting` and
`amending` make the calls; `answers` words their results.
"""

from .builtin import BuiltIn
from .outcome import Call, Reading
from .understanding import read, understand

__all__ = ["BuiltIn", "Call", "Reading", "read", "understand"]
