#define _GNU_SOURCE /* SOCK_CLOEXEC */

#include "test/kit/tls_handshake.h"

#include "test/kit/loopback.h"

#include <check.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { PATIENCE_S = 10 };

static void use_files(SSL_CTX *context, const struct tls_handshake *handshake)
{
    char file[CERTIFICATES_PATH_SIZE];
    char path[CERTIFICATES_PATH_SIZE];
    (void)snprintf(file, sizeof file, "%s.pem", handshake->authority);
    ck_assert_int_eq(
        SSL_CTX_load_verify_file(context, certificates_path(handshake->certificates, file, path)),
        1);
    if (handshake->client != NULL) {
        (void)snprintf(file, sizeof file, "%s.pem", handshake->client);
        certificates_path(handshake->certificates, file, path);
        ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(context, path), 1);
        (void)snprintf(file, sizeof file, "%s.key", handshake->client);
        certificates_path(handshake->certificates, file, path);
        ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM), 1);
    }
}

static SSL_CTX *create_context(const struct tls_handshake *handshake)
{
    static const unsigned char http2[] = {2, 'h', '2'};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    ck_assert_ptr_nonnull(context);
    /* Else OpenSSL itself would not speak the old versions. */
    ck_assert_int_eq(SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0"), 1);
    ck_assert_int_eq(SSL_CTX_set_max_proto_version(context, handshake->version_max), 1);
    ck_assert_int_eq(SSL_CTX_set_alpn_protos(context, http2, sizeof http2), 0);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    use_files(context, handshake);
    return context;
}

static void write_subject(SSL *ssl, char *text)
{
    X509 *server = SSL_get1_peer_certificate(ssl);
    ck_assert_ptr_nonnull(server);
    (void)X509_NAME_get_text_by_NID(X509_get_subject_name(server), NID_commonName, text,
                                    TLS_HANDSHAKE_TEXT_SIZE);
    X509_free(server);
}

static void write_reason(char *text)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    (void)snprintf(text, TLS_HANDSHAKE_TEXT_SIZE, "%s", reason == NULL ? "closed" : reason);
}

static int connect_to(unsigned port)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    const struct sockaddr_in address = loopback_address((uint16_t)port);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(descriptor, 0);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ck_assert_int_eq(connect(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

/* A client with this context, which the caller frees together with it. */
static SSL *create_client(SSL_CTX *context)
{
    (void)signal(SIGPIPE, SIG_IGN); /* OpenSSL cannot send without it */
    SSL *ssl = SSL_new(context);
    ck_assert_ptr_nonnull(ssl);
    ERR_clear_error();
    return ssl;
}

bool tls_handshake_try(const struct tls_handshake *handshake, unsigned port,
                       char text[static TLS_HANDSHAKE_TEXT_SIZE])
{
    char byte;
    int descriptor = connect_to(port);
    SSL_CTX *context = create_context(handshake);
    SSL *ssl = create_client(context);
    ck_assert_int_eq(SSL_set_fd(ssl, descriptor), 1);
    const bool good = SSL_connect(ssl) == 1 && SSL_read(ssl, &byte, 1) == 1;
    if (good) {
        write_subject(ssl, text);
    } else {
        write_reason(text);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    (void)close(descriptor);
    return good;
}

int tls_handshake_begin(const struct tls_handshake *handshake, unsigned port)
{
    char *hello = NULL;
    int descriptor = connect_to(port);
    SSL_CTX *context = create_context(handshake);
    SSL *ssl = create_client(context);
    BIO *sent = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl, BIO_new(BIO_s_mem()), sent);
    ck_assert_int_eq(SSL_connect(ssl), -1); /* nobody answers these buffers */
    const long length = BIO_get_mem_data(sent, &hello);
    ck_assert_int_gt(length, 1);
    ck_assert_int_eq(send(descriptor, hello, (size_t)length / 2, MSG_NOSIGNAL), length / 2);
    SSL_free(ssl);
    SSL_CTX_free(context);
    return descriptor;
}

int tls_handshake_say(const struct tls_handshake *handshake, unsigned port, const void *bytes,
                      size_t length)
{
    int descriptor = connect_to(port);
    SSL_CTX *context = create_context(handshake);
    SSL *ssl = create_client(context);
    ck_assert_int_eq(SSL_set_fd(ssl, descriptor), 1);
    ck_assert_int_eq(SSL_connect(ssl), 1);
    ck_assert(length == 0 || SSL_write(ssl, bytes, (int)length) == (int)length);
    SSL_free(ssl); /* says no goodbye */
    SSL_CTX_free(context);
    return descriptor;
}
