#include "client/grpc/server_certificate.h"

#include "shared/base/target.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The least security of keys and signatures, as OpenSSL counts it: 112 bits, Debian's default. */
enum { SECURITY_LEVEL = 2 };

/* Bytes of a name that a reason shows. */
#define NAME_SHOWN "%.80s"

struct server_certificate_judge {
    X509_STORE *store; /* of authorities; OpenSSL locks it */
    char name[TARGET_HOST_SIZE];
};

/* ---- The judge ------------------------------------------------------------------------------- */

/* Adds every certificate of a PEM text that was checked before. */
static bool add_authorities(X509_STORE *store, const char *text)
{
    BIO *bytes = BIO_new_mem_buf(text, -1);
    bool good = bytes != NULL;
    X509 *certificate = NULL;
    while (good && (certificate = PEM_read_bio_X509_AUX(bytes, NULL, NULL, NULL)) != NULL) {
        good = X509_STORE_add_cert(store, certificate) == 1;
        X509_free(certificate);
    }
    BIO_free(bytes);
    return good;
}

static bool set_name(X509_VERIFY_PARAM *wanted, const char *name)
{
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return X509_VERIFY_PARAM_set1_ip_asc(wanted, name) == 1 ||
           X509_VERIFY_PARAM_set1_host(wanted, name, 0) == 1;
}

static bool prepare(struct server_certificate_judge *judge, const char *authorities)
{
    if (judge->store == NULL) {
        return false;
    }
    X509_VERIFY_PARAM *wanted = X509_STORE_get0_param(judge->store);
    X509_VERIFY_PARAM_set_auth_level(wanted, SECURITY_LEVEL);
    /* A certificate of the file is trusted even if it is none of a root. */
    (void)X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_PARTIAL_CHAIN);
    return set_name(wanted, judge->name) &&
           (authorities == NULL ? X509_STORE_set_default_paths(judge->store) == 1
                                : add_authorities(judge->store, authorities));
}

struct server_certificate_judge *server_certificate_judge_create(const char *authorities,
                                                                 const char *name)
{
    struct server_certificate_judge *judge = calloc(1, sizeof *judge);
    if (judge == NULL) {
        return NULL;
    }
    (void)snprintf(judge->name, sizeof judge->name, "%s", name);
    judge->store = X509_STORE_new();
    bool good = prepare(judge, authorities);
    ERR_clear_error(); /* C core must not find ours: the end of a PEM text is one */
    if (!good) {
        server_certificate_judge_destroy(judge);
        return NULL;
    }
    return judge;
}

void server_certificate_judge_destroy(struct server_certificate_judge *judge)
{
    if (judge != NULL) {
        X509_STORE_free(judge->store);
        free(judge);
    }
}

/* ---- The judgement --------------------------------------------------------------------------- */

/* Reads all certificates of a text, which the caller frees; NULL if memory is missing. */
static STACK_OF(X509) * read_chain(const char *text)
{
    BIO *bytes = BIO_new_mem_buf(text, -1);
    STACK_OF(X509) *chain = sk_X509_new_null();
    bool good = bytes != NULL && chain != NULL;
    X509 *certificate = NULL;
    while (good && (certificate = PEM_read_bio_X509(bytes, NULL, NULL, NULL)) != NULL) {
        good = sk_X509_push(chain, certificate) > 0;
        if (!good) {
            X509_free(certificate);
        }
    }
    BIO_free(bytes);
    if (!good) {
        sk_X509_pop_free(chain, X509_free);
        return NULL;
    }
    return chain;
}

/* What is wrong, and the option that would mend it. */
static void describe(const struct server_certificate_judge *judge, int code, char *reason)
{
    switch (code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE,
                       "the server's certificate is not for " NAME_SHOWN " (--tls-server-name)",
                       judge->name);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE,
                       "the server's certificate is self-signed (--tls-ca)");
        break;
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE,
                       "the server's certificate is signed by an unknown authority (--tls-ca)");
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE,
                       "the server's certificate has expired");
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE,
                       "the server's certificate is not valid yet");
        break;
    default:
        (void)snprintf(reason, SERVER_CERTIFICATE_REASON_SIZE, "the server's certificate: %s",
                       X509_verify_cert_error_string(code));
        break;
    }
}

/* X509_V_OK, or the first error that OpenSSL finds. */
static int find_error(const struct server_certificate_judge *judge, STACK_OF(X509) * chain)
{
    int code = X509_V_ERR_OUT_OF_MEM;
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    if (context != NULL &&
        X509_STORE_CTX_init(context, judge->store, sk_X509_value(chain, 0), chain) == 1 &&
        X509_STORE_CTX_set_default(context, "ssl_server") == 1) {
        const bool good = X509_verify_cert(context) == 1;
        code = X509_STORE_CTX_get_error(context);
        if (!good && code == X509_V_OK) {
            code = X509_V_ERR_UNSPECIFIED;
        }
    }
    X509_STORE_CTX_free(context);
    return code;
}

bool server_certificate_is_good(const struct server_certificate_judge *judge, const char *chain,
                                char reason[static SERVER_CERTIFICATE_REASON_SIZE])
{
    STACK_OF(X509) *certificates = read_chain(chain == NULL ? "" : chain);
    int code = X509_V_ERR_OUT_OF_MEM;
    if (certificates != NULL) {
        code = sk_X509_num(certificates) > 0 ? find_error(judge, certificates)
                                             : X509_V_ERR_UNSPECIFIED;
    }
    if (code != X509_V_OK) {
        describe(judge, code, reason);
    }
    sk_X509_pop_free(certificates, X509_free);
    ERR_clear_error();
    return code == X509_V_OK;
}
