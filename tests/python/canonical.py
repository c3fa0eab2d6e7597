"""Runs the vectors of messages through another protobuf library.

What a vector calls good, it reads without unknown fields and writes back to the same bytes. What a vector calls another
spelling, it refuses, or writes otherwise, or finds unknown fields in. Prints one line and exits with 0; else with 1.
"""

import json
import sys
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTORS = ROOT / "crates/headwater-api/src/generated/descriptors.bin"
AREAS = {
    "event": ("Event", "event"),
    "entry": ("Entry", "entry"),
    "trace": ("Trace", "trace"),
    "receipt": ("Receipt", "evidence"),
    "fork": ("ForkProof", "evidence"),
    "omission": ("OmissionProof", "evidence"),
}
# Faults that are second spellings: another library must not see the one encoding of a message in them. (A sub-message without
# anything is a second spelling to us alone.)
SPELLINGS = {"Truncated", "Varint", "Order", "Unknown", "WireType"}
SPELT = {"event", "entry"}


def messages():
    files = descriptor_pb2.FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    waiting = list(files.file)
    while waiting:
        known = {file.name for file in files.file} - {file.name for file in waiting}
        ready = [file for file in waiting if set(file.dependency) <= known]
        if not ready:
            raise SystemExit("the descriptors import each other in a circle")
        for file in ready:
            pool.Add(file)
        waiting = [file for file in waiting if file not in ready]
    find = pool.FindMessageTypeByName
    return {name: message_factory.GetMessageClass(find(f"headwater.v1.{name}")) for name, _ in AREAS.values()}


def unknown(message):
    """Whether a message holds a field that its schema does not have, at any depth."""
    if len(UnknownFieldSet(message)) > 0:
        return True
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            if any(unknown(inner) for inner in (value if field.is_repeated else [value])):
                return True
    return False


def seen(kind, data):
    """What the library sees in some bytes."""
    try:
        message = kind.FromString(data)
    except DecodeError:
        return "no message", None
    if unknown(message):
        return "unknown fields", message
    same = message.SerializeToString(deterministic=True) == data
    return ("the one encoding" if same else "another spelling"), message


def main():
    kinds, counts, wrong = messages(), {}, []
    for area, (name, field) in AREAS.items():
        for path in sorted((ROOT / "tests/vectors" / area).glob("*.json")):
            case = json.loads(path.read_text(encoding="utf-8"))
            view, message = seen(kinds[name], bytes.fromhex(case["input"][field]))
            counts[view] = counts.get(view, 0) + 1
            good = case["expect"] == "ok" and "newer" not in case["output"] and case["output"].get("body") != "newer"
            if good and view != "the one encoding":
                wrong.append(f"{area}/{path.stem}: {view}, where the one encoding is expected")
            if area in SPELT and case["expect"] in SPELLINGS and view == "the one encoding":
                wrong.append(f"{area}/{path.stem}: the one encoding, where {case['expect']} is expected")
            if good and area == "event" and message.WhichOneof("body") != case["output"]["kind"]:
                wrong.append(f"{area}/{path.stem}: body {message.WhichOneof('body')}")
    for line in wrong:
        print(line)
    if not counts:
        print("no vector was found")
        return 1
    print(", ".join(f"{view}: {count}" for view, count in sorted(counts.items())))
    return 1 if wrong else 0


sys.exit(main())
