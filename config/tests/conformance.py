"""Holds an answer to what the OpenAPI document says of its address, and to not a field more."""

from __future__ import annotations

import copy
import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from config import openapi


@cache
def strict() -> dict[str, Any]:
    """The document, in which an answer has no other fields than those that it names."""
    document = copy.deepcopy(openapi.document())
    for schema in document["components"]["schemas"].values():
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
    return document


def undescribed(method: str, path: str, status: int, content_type: str, body: str) -> list[str]:
    """What of an answer the document does not say; `path` is as the document has it."""
    operation = strict()["paths"][path].get(method.lower())
    if operation is None:
        return [] if status in (401, 403, 405) else [f"{method} {path} is not described"]
    response = operation["responses"].get(str(status))
    if response is None:
        return [f"{method} {path}: {status} is not described"]
    if "$ref" in response:
        response = strict()["components"]["responses"][response["$ref"].rpartition("/")[2]]
    kind = content_type.partition(";")[0]
    if "content" not in response:
        return [f"{method} {path}: {status} has a body"] if body else []
    if kind not in response["content"]:
        return [f"{method} {path}: {status} is not described as {kind}"]
    schema = {**response["content"][kind]["schema"], "components": strict()["components"]}
    checker = Draft202012Validator(schema, format_checker=FormatChecker(["date", "uuid"]))
    wrong = checker.iter_errors(json.loads(body)) if kind.endswith("json") else ()
    said = f"{method} {path}: {status}"
    return [f"{said}: {error.json_path}: {error.message[:300]}" for error in wrong]
