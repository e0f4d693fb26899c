/* A client that keeps to the protocol, on a connection of its own. */
#ifndef COMMS_TEST_FUZZ_SERVER_HONEST_CLIENT_H
#define COMMS_TEST_FUZZ_SERVER_HONEST_CLIENT_H

/* Gets a session of five numbers from the server at this unix socket. The fuzzer ends unless each
 * message is there, and the status is OK. */
void honest_client_run(const char *path);

#endif
