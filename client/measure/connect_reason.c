#include "client/measure/connect_reason.h"

#include <stdio.h>
#include <string.h>

/* After `last error: STATUS: `, cut to what ends before `end`: ipv4:127.0.0.1:1337. */
struct address {
    int length;
    const char *text;
};

static struct address find_address(const struct core_texts *texts, const char *details,
                                   const char *end)
{
    const char *error = strstr(details, texts->last_error);
    const char *status_end = error == NULL ? NULL : strstr(error + strlen(texts->last_error), ": ");
    if (status_end == NULL || status_end + 4 > end) {
        return (struct address){0, ""};
    }
    const char *begin = status_end + 2;
    return (struct address){(int)(end - begin) - 2, begin}; /* ": " follows the address */
}

/* What OpenSSL says, without its error's number: "SSL_ERROR_SSL: error:0A00010B:SSL routines::…".
 */
static const char *openssl_words(const char *words)
{
    const char *found = strstr(words, "::");
    return found == NULL ? words : found + 2;
}

/* What the peer of another protocol sends is no record of TLS. */
static bool is_no_tls(const char *words)
{
    static const char *const signs[] = {"wrong version number", "http request",
                                        "packet length too long", "record layer failure"};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strstr(words, signs[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the connection ended, or something else came, or nothing, before the first frame. */
static bool spoke_no_http2(const struct core_texts *texts, const char *details)
{
    const char *const signs[] = {texts->closed,          texts->read_failed_begins,
                                 texts->reset,           texts->not_http2,
                                 texts->http1,           texts->broken_pipe,
                                 texts->endpoint_failed, texts->handshake_read_failed};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (strstr(details, signs[i]) != NULL) {
            return true;
        }
    }
    return false;
}

void connect_reason_write(const struct core_texts *texts, const char *details, bool uses_tls,
                          char *reason, size_t size)
{
    const char *hint = "";
    if (texts == NULL ||
        strncmp(details, texts->connect_failed_begins, strlen(texts->connect_failed_begins)) != 0) {
        (void)snprintf(reason, size, "%s", details);
        return;
    }
    const char *verification = strstr(details, texts->verification_failed);
    const char *handshake = strstr(details, texts->handshake_failed);
    if (verification != NULL) {
        const struct address address = find_address(texts, details, verification);
        (void)snprintf(reason, size, "TLS failed: %s; at %.*s",
                       verification + strlen(texts->verification_failed), address.length,
                       address.text);
        return;
    }
    if (handshake != NULL) {
        const struct address address = find_address(texts, details, handshake);
        const char *words = openssl_words(handshake + strlen(texts->handshake_failed));
        hint = is_no_tls(words) ? " (does the server speak TLS?)" : "";
        (void)snprintf(reason, size, "TLS failed: %s%s; at %.*s", words, hint, address.length,
                       address.text);
        return;
    }
    if (spoke_no_http2(texts, details)) {
        hint = uses_tls ? "; does the server speak no TLS, or want another client certificate "
                          "(--tls-cert)?"
                        : "; does the server speak TLS (--tls)?";
    }
    (void)snprintf(reason, size, "%s%s", details, hint);
}
