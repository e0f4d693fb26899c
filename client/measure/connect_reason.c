#include "client/measure/connect_reason.h"

#include "shared/base/clock.h"

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

/* What the last try failed of, behind its address, which is there. */
static const char *words_of_last_error(const struct core_texts *texts, const char *details)
{
    const char *status = strstr(details, texts->last_error) + strlen(texts->last_error);
    return strstr(strstr(status, ": ") + 2, ": ") + 2;
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

/* Whether the connection ended before the first frame. */
static bool ended_early(const struct core_texts *texts, const char *details)
{
    const char *const signs[] = {texts->closed, texts->read_failed_begins, texts->reset,
                                 texts->broken_pipe, texts->endpoint_failed};
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
                     strstr(details, texts->not_http2) != NULL ||
                     strstr(details, texts->handshake_read_failed) != NULL
               : is_no_tls(handshake);
}

bool connect_reason_is_no_http2(const struct core_texts *texts, const char *details)
{
    return texts != NULL && core_texts_tell_no_connection(texts, details) &&
           strstr(details, texts->no_http2) != NULL;
}

/* ---- Names ----------------------------------------------------------------------------------- */

/* Whether the name was looked up in vain: writes its host and port. */
static bool read_name(const struct core_texts *texts, const char *details,
                      char name[static CONNECT_ADDRESS_SIZE])
{
    const size_t length = strlen(texts->resolve_failed_begins);
    if (strncmp(details, texts->resolve_failed_begins, length) != 0) {
        return false;
    }
    const char *end = strstr(details + length, ": ");
    const size_t all = strlen(details + length);
    (void)snprintf(name, CONNECT_ADDRESS_SIZE, "%.*s",
                   (int)(end == NULL ? all : (size_t)(end - details) - length), details + length);
    return true;
}

bool connect_reason_is_no_host(const struct core_texts *texts, const char *details,
                               char host[static CONNECT_ADDRESS_SIZE])
{
    host[0] = '\0';
    if (texts == NULL || !read_name(texts, details, host)) {
        return false;
    }
    const char *const signs[] = {texts->no_such_name, texts->no_data_for_name,
                                 texts->no_family_for_name};
    char *colon = strrchr(host, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
    return has_any(details, signs, sizeof signs / sizeof signs[0]);
}

static void write_name(const struct core_texts *texts, const char *details, char *reason,
                       size_t size)
{
    char name[CONNECT_ADDRESS_SIZE];
    char host[CONNECT_ADDRESS_SIZE];
    (void)read_name(texts, details, name);
    if (connect_reason_is_no_host(texts, details, host)) {
        (void)snprintf(reason, size, "no such host (%s)", host);
    } else if (strstr(details, texts->no_name_server) != NULL) {
        (void)snprintf(reason, size, "the name server does not answer (%s)", host);
    } else {
        (void)snprintf(reason, size, "%s", details);
    }
}

/* ---- Connections ----------------------------------------------------------------------------- */

/* A path of a unix socket that is not there. */
static bool is_no_socket(const struct core_texts *texts, const char *details)
{
    return core_texts_tell_no_connection(texts, details) &&
           strstr(details, texts->no_such_file) != NULL;
}

bool connect_reason_is_final(const struct core_texts *texts, const char *details)
{
    char host[CONNECT_ADDRESS_SIZE];
    return texts != NULL &&
           ((core_texts_tell_no_connection(texts, details) &&
             strstr(details, texts->connection_refused) != NULL) ||
            is_no_socket(texts, details) || connect_reason_is_no_host(texts, details, host));
}

/* The time was over: who took the connection said nothing, or nobody took it. */
static bool write_silence(const struct core_texts *texts, const char *details,
                          const struct connect_way *way, const char *address, char *reason,
                          size_t size)
{
    const double timeout_s = (double)way->timeout_ns / (double)NS_PER_S;
    if (strstr(details, texts->handshake_read_failed) != NULL) {
        (void)snprintf(reason, size, "no answer to the TLS handshake within %.4g s (%s)", timeout_s,
                       address);
        return true;
    }
    if (strstr(details, texts->connect_timed_out) != NULL) {
        (void)snprintf(reason, size, "nobody took the connection within %.4g s (%s)", timeout_s,
                       address);
        return true;
    }
    if (strstr(details, texts->no_settings) != NULL) {
        (void)snprintf(reason, size, "connected, but no HTTP/2 came within %.4g s (%s)", timeout_s,
                       address);
        return true;
    }
    return false;
}

/* What is left if it is not about TLS: the connection was refused, or what answered is no gRPC. */
static void write_plain(const struct core_texts *texts, const char *details,
                        const struct connect_way *way, const char *address, char *reason,
                        size_t size)
{
    const char *hint = way->met_tls    ? "does the server want another client certificate "
                                         "(--tls-cert)?"
                       : way->uses_tls ? "does the server speak no TLS, or want another client "
                                         "certificate (--tls-cert)?"
                                       : "does the server speak TLS (--tls)?";
    if (address[0] == '\0') {
        bool is_odd = connect_reason_is_odd_peer(texts, details);
        (void)snprintf(reason, size, "%s%s%s", details, is_odd ? "; " : "", is_odd ? hint : "");
    } else if (strstr(details, texts->connection_refused) != NULL) {
        (void)snprintf(reason, size, "connection refused (%s)", address);
    } else if (is_no_socket(texts, details)) {
        (void)snprintf(reason, size, "no such socket (%s)", address);
    } else if (strstr(details, texts->http1) != NULL) {
        (void)snprintf(reason, size, "HTTP/1 answers, not gRPC (%s); %s", address, hint);
    } else if (strstr(details, texts->not_http2) != NULL) {
        (void)snprintf(reason, size, "something answers that is not gRPC (%s); %s", address, hint);
    } else if (strstr(details, texts->no_http2) != NULL) {
        (void)snprintf(reason, size, "TLS answers, but offers no HTTP/2 (%s)", address);
    } else if (ended_early(texts, details)) {
        (void)snprintf(reason, size, "the connection was closed before gRPC began (%s); %s",
                       address, hint);
    } else if (!write_silence(texts, details, way, address, reason, size)) {
        (void)snprintf(reason, size, "%s (%s)", words_of_last_error(texts, details), address);
    }
}

void connect_reason_write(const struct core_texts *texts, const char *details,
                          const struct connect_way *way, char *reason, size_t size)
{
    char address[CONNECT_ADDRESS_SIZE] = "";
    if (texts != NULL && read_name(texts, details, address)) {
        write_name(texts, details, reason, size);
        return;
    }
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
        write_plain(texts, details, way, shown, reason, size);
    }
}
