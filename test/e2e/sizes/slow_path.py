"""A path to PORT of 127.0.0.1 that carries RATE bytes a second to the client. Prints the port that it listens on."""

import socket
import sys
import threading
import time

PIECE = 4096


def carry(source, sink, rate):
    try:
        while data := source.recv(PIECE):
            sink.sendall(data)
            time.sleep(len(data) / rate if rate else 0)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # one end is gone


def main():
    port, rate = int(sys.argv[1]), int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on {listener.getsockname()[1]}", flush=True)
    while True:
        client, _ = listener.accept()
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)  # so that the server notices
        server.connect(("127.0.0.1", port))
        threading.Thread(target=carry, args=(client, server, 0), daemon=True).start()
        threading.Thread(target=carry, args=(server, client, rate), daemon=True).start()


main()
