#include "test/bench/tls.h"

#include "test/bench/bench_program.h"

#include <errno.h>
#include <limits.h>
#include <openssl/ssl.h>

static const unsigned char http2[] = {2, 'h', '2'};

static SSL_CTX *create_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL || SSL_CTX_set_alpn_protos(context, http2, sizeof http2) != 0) {
        bench_give_up("no TLS");
    }
    (void)SSL_CTX_set_mode(context,
                           SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return context;
}

struct ssl_st *tls_begin(int descriptor)
{
    static SSL_CTX *context;
    context = context == NULL ? create_context() : context;
    SSL *tls = SSL_new(context);
    if (tls == NULL || SSL_set_fd(tls, descriptor) != 1 || SSL_connect(tls) != 1) {
        bench_give_up("the TLS handshake failed");
    }
    return tls;
}

static ssize_t result_of(SSL *tls, int count)
{
    const int error = count > 0 ? SSL_ERROR_NONE : SSL_get_error(tls, count);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        errno = EAGAIN;
        return -1;
    }
    return error == SSL_ERROR_NONE ? count : 0;
}

static int limit(size_t length)
{
    return length < INT_MAX ? (int)length : INT_MAX;
}

/* As much as there is: a record is 16 KiB at most, and each event of the socket costs more. */
ssize_t tls_receive(struct ssl_st *tls, uint8_t *bytes, size_t size)
{
    size_t have = 0;
    int count = 0;
    while (have < size && (count = SSL_read(tls, bytes + have, limit(size - have))) > 0) {
        have += (size_t)count;
    }
    return have > 0 ? (ssize_t)have : result_of(tls, count);
}

ssize_t tls_send(struct ssl_st *tls, const uint8_t *bytes, size_t length)
{
    return result_of(tls, SSL_write(tls, bytes, limit(length)));
}
