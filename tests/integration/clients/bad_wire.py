"""Passes bytes between a client and a router, and loses answers: each connection is cut after a
short while, and what the router said in the last part of that never arrives.

Usage: bad_wire.py LISTEN_PATH ROUTER_PATH
"""

import random
import select
import socket
import sys
import threading
import time

CARRIES = (0.2, 0.8)  # seconds, from and to
LOSES = 0.1  # seconds


def carry(client, router):
    deaf = time.monotonic() + random.uniform(*CARRIES)
    while time.monotonic() < deaf + LOSES:
        for source in select.select([client, router], [], [], 0.01)[0]:
            data = source.recv(65536)
            if not data:
                return
            if source is client:
                router.sendall(data)
            elif time.monotonic() < deaf:
                client.sendall(data)


def serve(client, router_path):
    with client, socket.socket(socket.AF_UNIX) as router:
        try:
            router.connect(router_path)
            carry(client, router)
        except OSError:
            pass  # either is gone, and then so is the connection


def main():
    listen_path, router_path = sys.argv[1:]
    random.seed(1)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(listen_path)
        listener.listen()
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, router_path), daemon=True).start()


main()
