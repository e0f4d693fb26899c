/*
 * Where a program connects to or listens, read strictly from what people write. No name is looked
 * up, no file is touched; only target_check_scope asks the system. Every function may be called
 * from any thread.
 *
 *     HOST  HOST:PORT  IPV4  IPV4:PORT  IPV6  [IPV6]  [IPV6]:PORT     an IPv6 scope: fe80::1%eth0
 *     dns:HOST[:PORT]  dns:///HOST[:PORT]  ipv4:ADDRESS[:PORT]  ipv6:[ADDRESS][:PORT]
 *     unix:PATH  unix:///PATH  unix-abstract:NAME
 *
 * HOST is a host name of RFC 1123, with underscores, which containers have. A name whose last label
 * is a number is none: getaddrinfo would take 1.2.3, 0x7f.1 or 1337 for an IPv4 address. PATH and
 * NAME are taken as they are, not percent-decoded.
 */
#ifndef COMMS_SHARED_BASE_TARGET_H
#define COMMS_SHARED_BASE_TARGET_H

#include <stddef.h>
#include <stdint.h>

enum target_kind {
    TARGET_NAME, /* has to be looked up; all others are literal */
    TARGET_IPV4,
    TARGET_IPV6,
    TARGET_UNIX,
    TARGET_UNIX_ABSTRACT
};

enum {
    TARGET_PORT_MAX = 65535,
    TARGET_HOST_SIZE = 256, /* the longest name has 253 characters and a dot */
    TARGET_TEXT_SIZE = TARGET_HOST_SIZE + 16
};

struct target {
    enum target_kind kind;
    /* A name; an address without brackets, with its scope; a path; an abstract name. */
    char host[TARGET_HOST_SIZE];
    uint16_t port; /* 0: none was given, or there is none */
};

enum target_use {
    TARGET_TO_CONNECT,
    TARGET_TO_LISTEN /* no port, which is --port; and no abstract name */
};

/*
 * Returns NULL and sets *ret_target, or a static text that says what would be right, such as
 * "expected a port from 1 to 65535 after the colon".
 */
const char *target_parse(const char *text, enum target_use use, struct target *ret_target);

/*
 * Checks the scope of an IPv6 address against this machine's interfaces. Returns NULL, or a static
 * text that says what would be right.
 */
const char *target_check_scope(const struct target *target);

/* Writes it in its shortest form: example.org:1337, ::1, [::1]:1337, unix:/run/comms.sock. */
void target_describe(const struct target *target, char text[static TARGET_TEXT_SIZE]);

#endif
