#include "client/measure/connect_reason.h"

#include <stdio.h>
#include <string.h>

bool connect_reason_address(const struct core_texts *texts, const char *details,
                            char address[static CONNECT_ADDRESS_SIZE])
{
    const char *error = texts == NULL ? NULL : strstr(details, texts->last_error);
    const char *begin = error == NULL ? NULL : strstr(error + strlen(texts->last_error), ": ");
    const char *end = begin == NULL ? NULL : strstr(begin + 2, ": ");
    address[0] = '\0';
    if (end == NULL) {
        return false;
    }
    (void)snprintf(address, CONNECT_ADDRESS_SIZE, "%.*s", (int)(end - begin) - 2, begin + 2);
    return true;
}

/* The value of a hexadecimal digit; -1: it is none. */
static int digit_value(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    return found == NULL ? -1 : (int)(found - digits);
}

void connect_reason_show_address(const char *address, char text[static CONNECT_ADDRESS_SIZE])
{
    size_t used = 0;
    bool is_ip = strncmp(address, "ipv4:", 5) == 0 || strncmp(address, "ipv6:", 5) == 0;
    const char *c = is_ip ? address + 5 : address;
    while (*c != '\0' && used < CONNECT_ADDRESS_SIZE - 1) {
        int high = is_ip && *c == '%' ? digit_value(c[1]) : -1;
        int low = high < 0 ? -1 : digit_value(c[2]);
        text[used++] = (char)(low < 0 ? *c : 16 * high + low);
        c += low < 0 ? 1 : 3;
    }
    text[used] = '\0';
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

/* Whether one of the texts is a part of the details. */
static bool has_any(const char *details, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(details, texts[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether the connection ended, or nothing came, before the first frame. */
static bool ended_early(const struct core_texts *texts, const char *details)
{
    const char *const signs[] = {texts->closed,          texts->read_failed_begins,
                                 texts->reset,           texts->broken_pipe,
                                 texts->endpoint_failed, texts->handshake_read_failed};
    return has_any(details, signs, sizeof signs / sizeof signs[0]);
}

bool connect_reason_is_odd_peer(const struct core_texts *texts, const char *details)
{
    if (texts == NULL || !core_texts_tell_no_connection(texts, details)) {
        return false;
    }
    const char *handshake = strstr(details, texts->handshake_failed);
    return handshake == NULL
               ? ended_early(texts, details) || strstr(details, texts->http1) != NULL ||
                     strstr(details, texts->not_http2) != NULL
               : is_no_tls(handshake);
}

bool connect_reason_is_no_http2(const struct core_texts *texts, const char *details)
{
    return texts != NULL && core_texts_tell_no_connection(texts, details) &&
           strstr(details, texts->no_http2) != NULL;
}

/* What is left if it is not about TLS: the connection was refused, or what answered is no gRPC. */
static void write_plain(const struct core_texts *texts, const char *details, bool uses_tls,
                        const char *address, char *reason, size_t size)
{
    const char *hint = uses_tls ? "does the server speak no TLS, or want another client "
                                  "certificate (--tls-cert)?"
                                : "does the server speak TLS (--tls)?";
    if (address[0] == '\0') {
        bool is_odd = connect_reason_is_odd_peer(texts, details);
        (void)snprintf(reason, size, "%s%s%s", details, is_odd ? "; " : "", is_odd ? hint : "");
    } else if (strstr(details, texts->connection_refused) != NULL) {
        (void)snprintf(reason, size, "connection refused (%s)", address);
    } else if (strstr(details, texts->http1) != NULL) {
        (void)snprintf(reason, size, "HTTP/1 answers, not gRPC (%s); %s", address, hint);
    } else if (strstr(details, texts->not_http2) != NULL) {
        (void)snprintf(reason, size, "something answers that is not gRPC (%s); %s", address, hint);
    } else if (strstr(details, texts->no_http2) != NULL) {
        (void)snprintf(reason, size, "TLS answers, but offers no HTTP/2 (%s)", address);
    } else if (ended_early(texts, details)) {
        (void)snprintf(reason, size, "the connection was closed before gRPC began (%s); %s",
                       address, hint);
    } else {
        (void)snprintf(reason, size, "%s", details);
    }
}

void connect_reason_write(const struct core_texts *texts, const char *details, bool uses_tls,
                          char *reason, size_t size)
{
    char address[CONNECT_ADDRESS_SIZE] = "";
    if (texts == NULL || !core_texts_tell_no_connection(texts, details)) {
        (void)snprintf(reason, size, "%s", details);
        return;
    }
    (void)connect_reason_address(texts, details, address);
    char shown[CONNECT_ADDRESS_SIZE];
    connect_reason_show_address(address, shown);
    const char *verification = strstr(details, texts->verification_failed);
    const char *handshake = strstr(details, texts->handshake_failed);
    if (verification != NULL) {
        (void)snprintf(reason, size, "TLS failed: %s; at %s",
                       verification + strlen(texts->verification_failed), shown);
    } else if (handshake != NULL) {
        const char *words = openssl_words(handshake + strlen(texts->handshake_failed));
        (void)snprintf(reason, size, "TLS failed: %s%s; at %s", words,
                       is_no_tls(words) ? " (does the server speak TLS?)" : "", shown);
    } else {
        write_plain(texts, details, uses_tls, shown, reason, size);
    }
}
