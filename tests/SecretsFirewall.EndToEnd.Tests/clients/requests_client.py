"""python requests, driven by one JSON document on stdin: {url, method, headers, body, stream}.

With "stream" each piece of the response is one JSON line as it arrives; without it one line holds the whole response.
"""

import json
import sys

import requests

call = json.load(sys.stdin)


def line(value):
    print(json.dumps(value), flush=True)


response = requests.request(
    call.get("method", "GET"),
    call["url"],
    headers=call.get("headers"),
    data=call["body"].encode() if "body" in call else None,
    stream=call.get("stream", False),
    timeout=30,
)
if call.get("stream"):
    line({"status": response.status_code})
    for piece in response.iter_content(chunk_size=None):
        line({"chunk": piece.decode()})
    line({"end": True})
else:
    line({"status": response.status_code, "headers": dict(response.headers), "body": response.text})
