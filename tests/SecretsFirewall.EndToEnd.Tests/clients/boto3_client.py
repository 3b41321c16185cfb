"""boto3, driven by one JSON document on stdin: {endpoint, service, region, calls: [[operation, arguments], …]}.

A call "presign" asks for a URL and fetches it. Credentials come from the environment, as the SDK finds them. One JSON line for each call.
"""

import json
import os
import sys
import urllib.request

import boto3
from botocore.config import Config

call = json.load(sys.stdin)
client = boto3.client(
    call["service"],
    endpoint_url=call["endpoint"],
    region_name=call["region"],
    config=Config(s3={"addressing_style": "path"}, signature_version="s3v4" if call["service"] == "s3" else None, retries={"max_attempts": 0}),
)
for operation, arguments in call["calls"]:
    if operation == "presign":
        url = client.generate_presigned_url("get_object", Params=arguments, ExpiresIn=60)
        with urllib.request.urlopen(url, timeout=30) as response:
            print(json.dumps({"status": response.status}), flush=True)
        continue
    try:
        answer = getattr(client, operation)(**arguments)
        print(json.dumps({"status": answer["ResponseMetadata"]["HTTPStatusCode"]}), flush=True)
    except client.exceptions.ClientError as error:
        print(json.dumps({"status": error.response["ResponseMetadata"]["HTTPStatusCode"], "error": str(error)}), flush=True)
