#include "test/kit/raw_http2/raw_tls.h"

#include <check.h>

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

enum { PATIENCE_MS = 20000 };

struct raw_tls {
    SSL_CTX *context;
    SSL *ssl;
};

static bool await(int descriptor, int error)
{
    const short events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
    struct pollfd polled = {descriptor, events, 0};
    return (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) &&
           poll(&polled, 1, PATIENCE_MS) > 0;
}

struct raw_tls *raw_tls_start(int descriptor)
{
    static const unsigned char http2[] = {2, 'h', '2'};
    struct raw_tls *tls = malloc(sizeof *tls);
    ck_assert_ptr_nonnull(tls);
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL cannot send without it */
    tls->context = SSL_CTX_new(TLS_client_method());
    ck_assert_ptr_nonnull(tls->context);
    ck_assert_int_eq(SSL_CTX_set_alpn_protos(tls->context, http2, sizeof http2), 0);
    SSL_CTX_set_mode(tls->context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    tls->ssl = SSL_new(tls->context);
    ck_assert_ptr_nonnull(tls->ssl);
    ck_assert_int_eq(SSL_set_fd(tls->ssl, descriptor), 1);
    int result;
    while ((result = SSL_connect(tls->ssl)) != 1) {
        ck_assert_msg(await(descriptor, SSL_get_error(tls->ssl, result)), "no TLS handshake");
    }
    return tls;
}

void raw_tls_destroy(struct raw_tls *tls)
{
    if (tls != NULL) {
        SSL_free(tls->ssl);
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

static ssize_t outcome(struct raw_tls *tls, int result)
{
    if (result > 0) {
        return result;
    }
    const int error = SSL_get_error(tls->ssl, result);
    errno = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

ssize_t raw_tls_receive(struct raw_tls *tls, void *bytes, size_t size)
{
    ERR_clear_error();
    return outcome(tls, SSL_read(tls->ssl, bytes, (int)size));
}

ssize_t raw_tls_send(struct raw_tls *tls, const void *bytes, size_t length)
{
    ERR_clear_error();
    return outcome(tls, SSL_write(tls->ssl, bytes, (int)length));
}
