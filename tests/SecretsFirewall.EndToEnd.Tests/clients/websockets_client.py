"""python websockets, driven by one JSON document on stdin: {url, messages, deflate}.

Each answer is one JSON line, and so is the end: {close, reason}. The library looks at no proxy variable, so the tunnel is ours.
"""

import asyncio
import base64
import json
import os
import socket
import ssl
import sys
from urllib.parse import unquote, urlsplit

import websockets

call = json.load(sys.stdin)


def line(value):
    print(json.dumps(value), flush=True)


def tunnel(host):
    proxy = urlsplit(os.environ["HTTPS_PROXY"])
    credentials = base64.b64encode(f"{unquote(proxy.username)}:{unquote(proxy.password)}".encode()).decode()
    connection = socket.create_connection((proxy.hostname, proxy.port))
    connection.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\nProxy-Authorization: Basic {credentials}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(1)
    return connection


async def main():
    host = urlsplit(call["url"]).hostname
    trust = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
    compression = "deflate" if call.get("deflate") else None
    async with websockets.connect(call["url"], sock=tunnel(host), ssl=trust, server_hostname=host, compression=compression) as ws:
        line({"open": True})
        try:
            for message in call["messages"]:
                await ws.send(message)
                line({"message": await ws.recv()})
            await ws.close()
        except websockets.exceptions.ConnectionClosed:
            pass
        line({"close": ws.close_code, "reason": ws.close_reason})


asyncio.run(main())
