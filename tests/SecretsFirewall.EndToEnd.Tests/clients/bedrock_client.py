"""boto3's Bedrock client, driven by one JSON document on stdin: {endpoint, prompt}. One JSON line for each delta of the streamed answer."""

import json
import sys

import boto3
from botocore.config import Config

call = json.load(sys.stdin)
client = boto3.client("bedrock-runtime", endpoint_url=call["endpoint"], region_name="eu-west-1", config=Config(retries={"max_attempts": 0}))
answer = client.converse_stream(modelId="m", messages=[{"role": "user", "content": [{"text": call["prompt"]}]}])
for event in answer["stream"]:
    if "contentBlockDelta" in event:
        print(json.dumps({"text": event["contentBlockDelta"]["delta"]["text"]}), flush=True)
