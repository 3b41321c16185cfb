"""A conversation of two turns with boto3's Bedrock client, driven by one JSON document on stdin: {api, stream, endpoint}.

The first answer may have tool calls: each is answered with "done", or the user says "Go on." The api is "converse", or "claude" for Anthropic's own events through
invoke_model. One JSON line for each turn: {calls: [{name, arguments}], text, end, usage}.
"""

import json
import sys

import boto3
from botocore.config import Config

call = json.load(sys.stdin)
client = boto3.client("bedrock-runtime", endpoint_url=call["endpoint"], region_name="eu-west-1", config=Config(retries={"max_attempts": 0}))
schema = {"type": "object", "properties": {"path": {"type": "string"}}}


def line(value):
    print(json.dumps(value), flush=True)


def read_converse(stream):
    """The message that a client puts together, block by block."""
    blocks, end, usage = {}, None, None
    for event in stream:
        if "contentBlockStart" in event:
            start = event["contentBlockStart"]
            blocks[start["contentBlockIndex"]] = {"toolUse": {**start["start"]["toolUse"], "input": ""}}
        elif "contentBlockDelta" in event:
            delta = event["contentBlockDelta"]
            block = blocks.setdefault(delta["contentBlockIndex"], {"text": ""})
            if "text" in delta["delta"]:
                block["text"] += delta["delta"]["text"]
            else:
                block["toolUse"]["input"] += delta["delta"]["toolUse"]["input"]
        elif "messageStop" in event:
            end = event["messageStop"]["stopReason"]
        elif "metadata" in event:
            usage = event["metadata"]["usage"]["totalTokens"]
    assert sorted(blocks) == list(range(len(blocks))), sorted(blocks)
    for block in blocks.values():
        if "toolUse" in block:
            block["toolUse"]["input"] = json.loads(block["toolUse"]["input"])
    return [blocks[index] for index in sorted(blocks)], end, usage


def converse():
    messages = [{"role": "user", "content": [{"text": "Go."}]}]
    for _ in range(2):
        request = {"modelId": "m", "messages": messages, "toolConfig": {"tools": [{"toolSpec": {"name": "read_file", "inputSchema": {"json": schema}}}]}}
        if call["stream"]:
            content, end, usage = read_converse(client.converse_stream(**request)["stream"])
        else:
            answer = client.converse(**request)
            content, end, usage = answer["output"]["message"]["content"], answer["stopReason"], answer["usage"]["totalTokens"]
        calls = [block["toolUse"] for block in content if "toolUse" in block]
        line({"calls": [{"name": one["name"], "arguments": one["input"]} for one in calls], "text": "|".join(block.get("text", "") for block in content), "end": end, "usage": usage})
        messages.append({"role": "assistant", "content": content})
        results = [{"toolResult": {"toolUseId": one["toolUseId"], "content": [{"text": "done"}]}} for one in calls]
        messages.append({"role": "user", "content": results or [{"text": "Go on."}]})


def read_claude(stream):
    blocks, end, usage = [], None, None
    for event in stream:
        data = json.loads(event["chunk"]["bytes"])
        if data["type"] == "content_block_start":
            assert data["index"] == len(blocks)
            blocks.append({**data["content_block"], "json": ""})
        elif data["type"] == "content_block_delta":
            delta = data["delta"]
            blocks[data["index"]]["json" if delta["type"] == "input_json_delta" else "text"] += delta.get("partial_json", delta.get("text", ""))
        elif data["type"] == "message_delta":
            end, usage = data["delta"]["stop_reason"], data["usage"]["output_tokens"]
    for block in blocks:
        text = block.pop("json")
        if block["type"] == "tool_use":
            block["input"] = json.loads(text)
    return blocks, end, usage


def claude():
    messages = [{"role": "user", "content": "Go."}]
    for _ in range(2):
        body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 64, "messages": messages, "tools": [{"name": "read_file", "input_schema": schema}]})
        if call["stream"]:
            content, end, usage = read_claude(client.invoke_model_with_response_stream(modelId="m", body=body)["body"])
        else:
            answer = json.loads(client.invoke_model(modelId="m", body=body)["body"].read())
            content, end, usage = answer["content"], answer["stop_reason"], answer["usage"]["output_tokens"]
        calls = [block for block in content if block["type"] == "tool_use"]
        line({"calls": [{"name": one["name"], "arguments": one["input"]} for one in calls], "text": "|".join(block.get("text", "") for block in content), "end": end, "usage": usage})
        messages.append({"role": "assistant", "content": content})
        results = [{"type": "tool_result", "tool_use_id": one["id"], "content": "done"} for one in calls]
        messages.append({"role": "user", "content": results or "Go on."})


try:
    converse() if call["api"] == "converse" else claude()
except Exception as error:  # whatever the SDK says, the test reads it
    line({"error": {"type": type(error).__name__, "message": str(error)}})
