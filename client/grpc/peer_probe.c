#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "client/grpc/peer_probe.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { STEP_MS = 500, ANSWER_SIZE = 24, HOST_SIZE = 96 };

/* The preface of HTTP/2 (RFC 9113, section 3.4), with empty SETTINGS. */
static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/* The first record of a client of TLS 1.2: what any server of TLS answers, if only by an alert. */
static const char client_hello[] =
    "\x16\x03\x01\0\x4d\x01\0\0\x49\x03\x03"              /* a handshake, ClientHello, TLS 1.2 */
    "comms-client: what do you speak?"                    /* 32 random bytes */
    "\0\0\x08\xc0\x2f\xc0\x2b\xc0\x30\xc0\x2c"            /* no session; four suites */
    "\x01\0\0\x18"                                        /* no compression; extensions: */
    "\0\x0a\0\x06\0\x04\0\x1d\0\x17"                      /* groups: X25519, P-256 */
    "\0\x0d\0\x0a\0\x08\x04\x01\x04\x03\x08\x04\x08\x07"; /* signatures */

/* Splits ipv4:HOST:PORT and ipv6:%5BHOST%5D:PORT. */
static bool split(const char *address, char host[static HOST_SIZE], const char **ret_port)
{
    const char *begin = strchr(address, ':');
    const char *colon = strrchr(address, ':');
    bool is_v6 = strncmp(address, "ipv6:%5B", 8) == 0;
    if (strncmp(address, "ipv4:", 5) != 0 && !is_v6) {
        return false;
    }
    begin += is_v6 ? 4 : 1;
    const char *end = is_v6 ? strstr(begin, "%5D") : colon;
    if (end == NULL || end <= begin || colon < end || end - begin >= HOST_SIZE) {
        return false;
    }
    (void)snprintf(host, HOST_SIZE, "%.*s", (int)(end - begin), begin);
    *ret_port = colon + 1;
    return true;
}

static bool wait_for(int descriptor, short events)
{
    struct pollfd polled = {.fd = descriptor, .events = events};
    return poll(&polled, 1, STEP_MS) == 1;
}

/* A connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0) {
        return -1;
    }
    int descriptor =
        socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (descriptor >= 0) {
        (void)connect(descriptor, found->ai_addr, found->ai_addrlen); /* send tells whether it is */
        (void)wait_for(descriptor, POLLOUT);
    }
    freeaddrinfo(found);
    return descriptor;
}

static bool begins(const unsigned char *bytes, size_t length, const char *with)
{
    size_t with_length = strlen(with);
    return length >= with_length && strncasecmp((const char *)bytes, with, with_length) == 0;
}

/* An error of HTTP/1 may be a page without a status, as of HTTP/0.9, whose request was odd. */
static bool is_http1(const unsigned char *bytes, size_t length)
{
    return begins(bytes, length, "HTTP/1") || begins(bytes, length, "<!DOCTYPE HTML") ||
           begins(bytes, length, "<html");
}

/* Alerts and handshakes of TLS begin with their type and 3, the major version. */
static bool is_tls(const unsigned char *bytes, size_t length)
{
    return length >= 2 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 3;
}

/* The first frame of a server of HTTP/2 is SETTINGS (type 4) on stream 0. */
static bool is_http2(const unsigned char *bytes, size_t length)
{
    return length >= 9 && bytes[0] == 0 && bytes[3] == 4 && bytes[5] == 0 && bytes[8] == 0;
}

bool peer_probe_judge(const unsigned char *bytes, size_t length, bool uses_tls,
                      char words[static PEER_WORDS_SIZE])
{
    words[0] = '\0';
    if (length == 0 || (is_http2(bytes, length) && !uses_tls)) {
        return false; /* it spoke HTTP/2 this time */
    }
    if (is_http2(bytes, length)) {
        (void)snprintf(words, PEER_WORDS_SIZE, "it speaks no TLS (leave out the options of TLS)");
    } else if (is_tls(bytes, length)) {
        (void)snprintf(words, PEER_WORDS_SIZE, "%s",
                       uses_tls ? "it speaks TLS, but another version or no HTTP/2"
                                : "it speaks TLS (--tls)");
    } else if (is_http1(bytes, length)) {
        (void)snprintf(words, PEER_WORDS_SIZE, "it speaks HTTP/1%s", uses_tls ? ", no TLS" : "");
    } else {
        char shown[ANSWER_SIZE + 1];
        size_t shown_length = length < ANSWER_SIZE ? length : ANSWER_SIZE;
        for (size_t i = 0; i < shown_length; i++) {
            bool is_plain = bytes[i] >= ' ' && bytes[i] <= '~';
            shown[i] = (char)(is_plain ? bytes[i] : '.');
        }
        shown[shown_length] = '\0';
        (void)snprintf(words, PEER_WORDS_SIZE, "it speaks something else, which begins with '%s'",
                       shown);
    }
    return true;
}

/* Sends the bytes over a new connection. Returns the length of the answer's beginning; 0: none. */
static size_t ask(const char *address, const char *bytes, size_t length,
                  unsigned char answer[static ANSWER_SIZE])
{
    char host[HOST_SIZE];
    const char *port;
    ssize_t received = 0;
    int descriptor = split(address, host, &port) ? connect_to(host, port) : -1;
    if (descriptor < 0) {
        return 0;
    }
    if (send(descriptor, bytes, length, MSG_NOSIGNAL) > 0 && wait_for(descriptor, POLLIN)) {
        received = recv(descriptor, answer, ANSWER_SIZE, 0);
    }
    (void)close(descriptor);
    return received > 0 ? (size_t)received : 0;
}

bool peer_probe(const char *address, bool uses_tls, char words[static PEER_WORDS_SIZE])
{
    unsigned char answer[ANSWER_SIZE];
    size_t length = ask(address, preface, sizeof preface - 1, answer);
    if (length == 0 && !uses_tls) { /* many servers of TLS close such a connection silently */
        length = ask(address, client_hello, sizeof client_hello - 1, answer);
        length = is_tls(answer, length) ? length : 0;
    }
    return peer_probe_judge(answer, length, uses_tls, words);
}
