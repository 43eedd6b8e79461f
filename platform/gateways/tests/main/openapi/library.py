"""Prints the shapes in Stripe's library as an OpenAPI document: what each call of ours may send and
what comes back. The library is generated from Stripe's OpenAPI of its own version."""

import builtins
import importlib
import json
import typing
from decimal import Decimal

import stripe
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject
from typing_extensions import is_typeddict

CALLS = [
    ("post", "/v1/checkout/sessions", "checkout._session_create", stripe.checkout.Session),
    ("get", "/v1/checkout/sessions/{id}", "checkout._session_retrieve", stripe.checkout.Session),
    ("post", "/v1/checkout/sessions/{id}/expire", "checkout._session_expire", stripe.checkout.Session),
    ("post", "/v1/payment_intents", "_payment_intent_create", stripe.PaymentIntent),
    ("get", "/v1/payment_intents/{id}", "_payment_intent_retrieve", stripe.PaymentIntent),
    ("post", "/v1/refunds", "_refund_create", stripe.Refund),
    ("post", "/v1/customers", "_customer_create", stripe.Customer),
    ("get", "/v1/events", "_event_list", stripe.Event),
]
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", Decimal: "string"}
# Another resource, wherever it is mentioned: enough to know that it has an id.
ELSEWHERE = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}


class Elsewhere:
    """Stands for a name that is not there when the program runs."""


class Names(dict):
    """A module's names, and a stand-in for those that only type checkers import."""

    def __missing__(self, name):
        return getattr(builtins, name, Elsewhere)


def evaluate(text, module):
    return eval(text, {}, Names(vars(importlib.import_module(module))))


def schema(kind, module):
    if isinstance(kind, typing.ForwardRef):
        kind = kind.__forward_arg__
    if isinstance(kind, str):
        return schema(evaluate(kind, module), module)
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if kind is Elsewhere or hasattr(kind, "OBJECT_NAME"):
        return ELSEWHERE
    if origin is typing.Literal:
        return {"type": "string", "enum": list(inner)}
    if origin is list:
        return {"type": "array", "items": schema(inner[0], module)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema(inner[1], module)}
    if origin is UntypedStripeObject:
        return {"type": "object", "additionalProperties": schema(inner[0], module)}
    if origin is not None and getattr(origin, "__name__", "") in ("Union", "UnionType"):
        return union(inner, module)
    if isinstance(kind, type) and (issubclass(kind, StripeObject) or is_typeddict(kind)):
        return fields(kind)
    if kind is typing.Any:
        return {}
    raise TypeError(f"{module}: {kind!r} is not understood")


def union(kinds, module):
    parts = [schema(kind, module) for kind in kinds if kind is not type(None)]
    # `Literal[...] | str` leaves room for values to come: only those of today are right.
    if any(any(part.get("enum", [])) for part in parts):
        parts = [part for part in parts if part != {"type": "string"}]
    whole = parts[0] if len(parts) == 1 else {"anyOf": parts}
    return {**whole, "nullable": True} if type(None) in kinds else whole


def fields(kind):
    answer = issubclass(kind, StripeObject)
    properties, required = {}, []
    for name, annotation in kind.__annotations__.items():
        if name in RequestOptions.__annotations__ or name.startswith("_"):
            continue
        if isinstance(annotation, (str, typing.ForwardRef)):
            annotation = evaluate(getattr(annotation, "__forward_arg__", annotation), kind.__module__)
        origin = typing.get_origin(annotation)
        if origin is typing.ClassVar:
            continue
        optional = getattr(origin, "_name", "") == "NotRequired"
        properties[name] = schema(typing.get_args(annotation)[0] if optional else annotation, kind.__module__)
        if not optional and not (answer and properties[name].get("nullable")):
            required.append(name)
    return {"type": "object", "properties": properties, "required": required}


def operation(method, params, answer):
    module = importlib.import_module(f"stripe.params.{params}_params")
    name = "".join(part.title() for part in params.split("_")[params.startswith("_") :]).split(".")[-1] + "Params"
    sent, got = fields(getattr(module, name)), fields(answer)
    if params.endswith("_list"):
        got = {
            "type": "object",
            "properties": {"data": {"type": "array", "items": got}, "has_more": {"type": "boolean"}},
            "required": ["data", "has_more"],
        }
    document = {"responses": {"200": {"content": {"application/json": {"schema": got}}}}}
    if method == "post":
        document["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": sent}}}
    else:
        document["parameters"] = [
            {"in": "query", "name": name, "required": name in sent["required"], "schema": inner}
            for name, inner in sent["properties"].items()
        ]
    return document


paths = {}
for method, path, params, answer in CALLS:
    paths.setdefault(path, {})[method] = operation(method, params, answer)
print(json.dumps({"openapi": "3.0.0", "info": {"version": stripe.api_version}, "paths": paths}))
