/*
 * Asks an address what it speaks, where gRPC could not be spoken: C core reads what answers, but
 * does not say what it was. From any thread.
 */
#ifndef COMMS_CLIENT_GRPC_PEER_PROBE_H
#define COMMS_CLIENT_GRPC_PEER_PROBE_H

#include <stdbool.h>
#include <stddef.h>

enum { PEER_WORDS_SIZE = 96 };

/*
 * Connects to the address (ipv4:127.0.0.1:80 or ipv6:%5B::1%5D:80), sends what a client of gRPC
 * sends first, and writes what answered: "it speaks HTTP/1". May wait for two seconds. False if
 * that tells nothing: nobody answered, or the address is none of these.
 */
bool peer_probe(const char *address, bool uses_tls, char words[static PEER_WORDS_SIZE]);

/* The same judgement of the first bytes that came, without asking anybody. */
bool peer_probe_judge(const unsigned char *bytes, size_t length, bool uses_tls,
                      char words[static PEER_WORDS_SIZE]);

#endif
