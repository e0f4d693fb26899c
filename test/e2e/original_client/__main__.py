"""
The client that came with the original Go server, as a peer of comms-server. Its source is JavaScript; this is code
of our own that sends the same messages at the same times and prints the same lines. It is here to show that the
original's clients are served well: proto/PROTOCOL.md says what they do with each end of a stream.

    original_client [-p PORT] [-m stateless] N
    original_client [-p PORT] -m stateful
    original_client [-p PORT] -m stateful-test
    original_client [-p PORT] -m stateful-test-reconnect LAST

Its ways: it connects to localhost. It never half-closes. It remembers the last reply, of whatever kind, and a reply
resets its backoff. After a status other than OK it waits (1, 2, 4, 8 s, whatever it calls them) and calls again over
the same channel: with CONTINUE if the last reply was a number, with START if there was none, and without any command
if it was an error. Then it gives up. OK ends it. Its exit status is always 0.

`--time-scale` is not the original's: it multiplies each wait, so that a test sees all of them.
"""

import argparse
import functools

from modes import Stateful, Stateless
from peer import Peer

TEST_SESSION = "a17417a0-aa39-40b5-8675-247713cc4908"
TEST_N = 5

say = functools.partial(print, flush=True)


def make_mode(arguments, parser):
    if arguments.mode == "stateful":
        return Stateful(say=say)
    if arguments.mode == "stateful-test":
        return Stateful(TEST_SESSION, TEST_N, say=say)
    if arguments.number is None:
        parser.error("this mode needs a number")
    if arguments.mode == "stateless":
        return Stateless(arguments.number, say=say)
    return Stateful(TEST_SESSION, TEST_N, arguments.number, say=say)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-p", dest="port", type=int, default=1337)
    parser.add_argument("-m", dest="mode", default="stateless",
                        choices=("stateless", "stateful", "stateful-test", "stateful-test-reconnect"))
    parser.add_argument("--time-scale", type=float, default=1.0)
    parser.add_argument("number", type=int, nargs="?", help="N, or LAST")
    arguments = parser.parse_args()
    say(f"Mode: {arguments.mode}")
    say(f"Port: {arguments.port}")
    mode = make_mode(arguments, parser)
    Peer(arguments.port, mode, say=say, time_scale=arguments.time_scale).run()


if __name__ == "__main__":
    main()
