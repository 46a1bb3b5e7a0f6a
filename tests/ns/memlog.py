"""LinuxKit's logread and its senders, as they use memlogd's sockets.

memlog.py dump|follow|both SOCKET SECONDS   prints TIME;SOURCE;MSG per line, as logread does
memlog.py send SOCKET NAME KIND TEXT        sends a pipe or socket, writes TEXT into it, closes it
memlog.py hold SOCKET NAME                  sends a pipe that nobody writes to, one that blocks, and waits to be killed
"""
import array
import json
import os
import signal
import socket
import sys
import time


def read(mode, path, seconds):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    s.connect(path)
    s.send(bytes([("dump", "follow", "both").index(mode)]))
    until = time.monotonic() + float(seconds)
    rest = b""
    while True:
        left = until - time.monotonic()
        if left <= 0:
            return 0 if mode != "dump" else 1
        s.settimeout(left)
        try:
            data = s.recv(65536)
        except socket.timeout:
            continue
        if not data:
            return 0 if mode == "dump" else 1
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            o = json.loads(line)
            assert set(o) == {"time", "source", "msg"}, line
            print(f"{o['time']};{o['source']};{o['msg']}", flush=True)


def send(path, name, fd):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
    s.sendmsg([name.encode()], rights, 0, path)


def send_text(path, name, kind, text):
    if kind == "pipe":
        r, w = os.pipe()
    else:
        a, b = socket.socketpair()
        r, w = a.detach(), b.detach()
    send(path, name, r)
    os.close(r)
    os.write(w, text.encode() + b"\n")
    os.close(w)
    return 0


def hold(path, name):
    r, w = os.pipe()
    send(path, name, r)
    os.set_blocking(r, True)
    os.write(w, b"held\n")
    print("sent", flush=True)
    time.sleep(600)
    return 0


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
what = sys.argv[1]
if what == "send":
    sys.exit(send_text(*sys.argv[2:6]))
if what == "hold":
    sys.exit(hold(*sys.argv[2:4]))
sys.exit(read(what, *sys.argv[2:4]))
