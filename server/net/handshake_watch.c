#include "server/net/handshake_watch.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/base/log_limit.h"

#include <stddef.h>

enum { LOG_LINES_MAX = 10 /* a second */ };

enum {
    UNKNOWN, /* there is no TLS; or what happened is told elsewhere, or is no refusal */
    SILENT,  /* the client has sent nothing inside TLS */
    OTHER_PROTOCOL,
    LOST /* the client has ended the connection while it was silent */
};

void handshake_watch_init(struct handshake_watch *watch)
{
    atomic_store_explicit(&watch->state, UNKNOWN, memory_order_relaxed);
}

void handshake_watch_begin(struct handshake_watch *watch)
{
    atomic_store_explicit(&watch->state, SILENT, memory_order_relaxed);
}

static int state_after(const SSL *ssl, int result)
{
    const unsigned char *protocol;
    unsigned length = 0;
    if (result != 1) {
        return SSL_get_error(ssl, result) == SSL_ERROR_SSL ? UNKNOWN : SILENT;
    }
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    return length == 0 ? OTHER_PROTOCOL : SILENT;
}

void handshake_watch_note(struct handshake_watch *watch, const SSL *ssl, int result)
{
    atomic_store_explicit(&watch->state, state_after(ssl, result), memory_order_relaxed);
}

void handshake_watch_hear(struct handshake_watch *watch)
{
    handshake_watch_init(watch);
}

void handshake_watch_lose(struct handshake_watch *watch)
{
    int state = SILENT;
    (void)atomic_compare_exchange_strong_explicit(&watch->state, &state, LOST, memory_order_relaxed,
                                                  memory_order_relaxed);
}

void handshake_watch_end(struct handshake_watch *watch, const char *peer)
{
    static struct log_limit limit = LOG_LIMIT(LOG_LINES_MAX);
    const int state = atomic_exchange_explicit(&watch->state, UNKNOWN, memory_order_relaxed);
    uint64_t skipped;
    if ((state == OTHER_PROTOCOL || state == LOST) &&
        log_limit_admit(&limit, clock_monotonic.now(&clock_monotonic), 0, &skipped)) {
        log_event(LOG_LEVEL_NOTICE, "handshake refused", log_address("peer", peer),
                  log_text("reason", state == LOST ? "the client has closed the connection before "
                                                     "a request; it may not trust the certificate"
                                                   : "the client offers no HTTP/2 (ALPN)"),
                  log_skipped(skipped));
    }
}
