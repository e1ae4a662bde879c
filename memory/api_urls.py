"""Every address answers with and without its trailing slash."""

from __future__ import annotations

from django.urls import re_path

from memory import api

urlpatterns = [
    re_path(r"^memory/?$", api.MemoryList.as_view(), name="api-memory"),
    re_path(r"^memory/store/?$", api.MemoryStore.as_view(), name="api-memory-store"),
    re_path(r"^memory/recall/?$", api.MemoryRecall.as_view(), name="api-memory-recall"),
    re_path(r"^memory/count/?$", api.MemoryCount.as_view(), name="api-memory-count"),
    re_path(r"^memory/clear/?$", api.MemoryClear.as_view(), name="api-memory-clear"),
    re_path(r"^memory/(?P<key>[^/]+)/approve/?$", api.MemoryApprove.as_view(), name="api-memory-approve"),
    re_path(r"^memory/(?P<key>[^/]+)/reject/?$", api.MemoryReject.as_view(), name="api-memory-reject"),
    re_path(r"^memory/(?P<key>[^/]+)/restore/?$", api.MemoryRestore.as_view(), name="api-memory-restore"),
    # Last, and with slashes: a key is any line of text.
    re_path(r"^memory/(?P<key>.+?)/?$", api.MemoryDetail.as_view(), name="api-memory-item"),
]
