#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# websocket-client compares no_proxy with the letter case of the host name; urllib and requests do not.
#
# Expected: host names have no letter case, so no_proxy=NAS.example.org keeps connections to nas.example.org away from the proxy, as
# it does for urllib and requests in the same process.
# Happens: websocket-client sends the connection to the proxy.
# Why it matters: a program that reads a page with requests and then opens a WebSocket to the same host reaches it directly in the
# first step and through the proxy in the second.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check websocket-client==1.9.2 requests==2.34.2

"$folder/venv/bin/python" - <<'PYTHON'
import os
import socket
import threading
import urllib.request

import requests
import websocket

proxy = socket.create_server(("127.0.0.1", 0))
nas = "nas.example.org"
os.environ["http_proxy"] = f"http://127.0.0.1:{proxy.getsockname()[1]}"


def uses_the_proxy(no_proxy: str) -> bool:
    """Whether websocket-client sends CONNECT to the proxy on loopback. The name resolves to loopback, where nothing listens."""
    os.environ["no_proxy"] = no_proxy
    asked = []

    def listen():
        try:
            connection, _ = proxy.accept()
        except TimeoutError:
            return
        asked.append(connection.recv(1000).split(b"\r\n")[0])
        connection.close()

    proxy.settimeout(3)
    listener = threading.Thread(target=listen)
    listener.start()
    try:
        websocket.create_connection(f"ws://{nas}:1/", timeout=2)
    except Exception:
        pass
    listener.join()
    return asked == [f"CONNECT {nas}:1 HTTP/1.1".encode()]


resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve("127.0.0.1" if host == nas else host, *rest, **more)
print("websocket-client", websocket.__version__, "requests", requests.__version__)
for no_proxy in (nas, nas.upper()):
    os.environ["no_proxy"] = no_proxy
    by_requests = not requests.utils.should_bypass_proxies(f"http://{nas}/", no_proxy=None)
    by_urllib = not urllib.request.proxy_bypass_environment(nas)
    by_websocket = uses_the_proxy(no_proxy)
    print(f"no_proxy={no_proxy}: through the proxy? urllib {by_urllib}, requests {by_requests}, websocket-client {by_websocket}")
    assert (by_urllib, by_requests, by_websocket) == (False, False, no_proxy != nas)
PYTHON
