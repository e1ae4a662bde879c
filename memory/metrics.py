"""How long recall takes."""

from accounts.metrics import Histogram

RECALL = Histogram("tasklore_recall_seconds", "How long a recall took.")
