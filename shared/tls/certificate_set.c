#include "shared/tls/certificate_set.h"

#include "shared/tls/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a path that a reason shows, if it shows two. */
#define PATH_SHOWN "%.100s"

/* ---- Reading --------------------------------------------------------------------------------- */

static bool read_file(char **ret_text, const char *path, char *reason)
{
    if (path == NULL) {
        return true;
    }
    *ret_text = certificate_file_read(path, reason);
    return *ret_text != NULL;
}

bool certificate_set_read(struct certificate_set *ret_set, const struct certificate_paths *paths,
                          char reason[static CERTIFICATE_REASON_SIZE])
{
    *ret_set = (struct certificate_set){0};
    if (read_file(&ret_set->certificate, paths->certificate, reason) &&
        read_file(&ret_set->key, paths->key, reason) &&
        read_file(&ret_set->authorities, paths->authorities, reason)) {
        return true;
    }
    certificate_set_cleanup(ret_set);
    return false;
}

static void free_text(char *text)
{
    if (text != NULL) {
        OPENSSL_cleanse(text, strlen(text));
        free(text);
    }
}

void certificate_set_cleanup(struct certificate_set *set)
{
    free_text(set->certificate);
    free_text(set->key);
    free_text(set->authorities);
    *set = (struct certificate_set){0};
}

static bool is_same(const char *one, const char *other)
{
    return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

bool certificate_set_equal(const struct certificate_set *one, const struct certificate_set *other)
{
    return is_same(one->certificate, other->certificate) && is_same(one->key, other->key) &&
           is_same(one->authorities, other->authorities);
}

/* ---- Checking -------------------------------------------------------------------------------- */

/* What OpenSSL says last of why a call failed. */
static const char *openssl_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason == NULL ? "OpenSSL refuses it" : reason;
}

/* Reads a text from its beginning. NULL if memory is missing. */
static BIO *open_text(const char *text)
{
    return BIO_new_mem_buf(text, -1);
}

/*
 * The next certificate of a text; the caller frees it. NULL: *ret_is_end says whether the text has
 * no other one, or the next one is broken.
 */
static X509 *next_certificate(BIO *text, bool *ret_is_end)
{
    ERR_clear_error();
    X509 *certificate = PEM_read_bio_X509_AUX(text, NULL, NULL, NULL);
    *ret_is_end =
        certificate == NULL && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    return certificate;
}

/* Calls `take` with every certificate of a text. NULL, or what is wrong with the text. */
static const char *read_certificates(const char *text, const char *(*take)(void *, X509 *, size_t),
                                     void *context)
{
    BIO *bytes = open_text(text);
    if (bytes == NULL) {
        return "out of memory";
    }
    const char *wrong = NULL;
    bool is_end = false;
    size_t count = 0;
    for (; wrong == NULL && !is_end; count++) {
        X509 *certificate = next_certificate(bytes, &is_end);
        if (certificate != NULL) {
            wrong = take(context, certificate, count);
            X509_free(certificate);
        } else if (!is_end) {
            wrong = "a certificate in it is broken";
        } else if (count == 0) {
            wrong = "it has no PEM certificate";
        }
    }
    BIO_free(bytes);
    return wrong;
}

/* Uses the first certificate as the own one, the others as its chain. */
static const char *use_certificate(void *context, X509 *certificate, size_t position)
{
    ERR_clear_error();
    bool good = position == 0 ? SSL_CTX_use_certificate(context, certificate) == 1
                              : SSL_CTX_add1_chain_cert(context, certificate) == 1;
    return good ? NULL : openssl_reason();
}

static const char *accept_certificate(void *context, X509 *certificate, size_t position)
{
    (void)context;
    (void)certificate;
    (void)position;
    return NULL;
}

/* Nobody is there to type the passphrase of an encrypted key. */
static int give_no_passphrase(char *passphrase, int size, int is_for_writing, void *context)
{
    (void)passphrase;
    (void)size;
    (void)is_for_writing;
    *(bool *)context = true;
    return -1;
}

/* Reads a private key, which the caller frees. NULL: *ret_wrong says what is wrong with the text.
 */
static EVP_PKEY *read_key(const char *text, const char **ret_wrong)
{
    bool is_encrypted = false;
    BIO *bytes = open_text(text);
    if (bytes == NULL) {
        *ret_wrong = "out of memory";
        return NULL;
    }
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bytes, NULL, give_no_passphrase, &is_encrypted);
    BIO_free(bytes);
    *ret_wrong = is_encrypted ? "the key is encrypted; store it without a passphrase"
                              : "it has no PEM private key";
    return key;
}

static bool refuse(char *reason, const char *path, const char *why)
{
    (void)snprintf(reason, CERTIFICATE_REASON_SIZE, "cannot use " PATH_SHOWN ": %s", path, why);
    return false;
}

static bool check_own(SSL_CTX *context, const struct certificate_set *set,
                      const struct certificate_paths *paths, char *reason)
{
    const char *wrong = read_certificates(set->certificate, use_certificate, context);
    if (wrong != NULL) {
        return refuse(reason, paths->certificate, wrong);
    }
    EVP_PKEY *key = read_key(set->key, &wrong);
    if (key == NULL) {
        return refuse(reason, paths->key, wrong);
    }
    /* A key of another kind than the certificate's is accepted, and found by the second call. */
    const bool belongs =
        SSL_CTX_use_PrivateKey(context, key) == 1 && SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(key);
    if (!belongs) {
        (void)snprintf(reason, CERTIFICATE_REASON_SIZE,
                       "the key in " PATH_SHOWN
                       " does not belong to the certificate in " PATH_SHOWN,
                       paths->key, paths->certificate);
    }
    return belongs;
}

bool certificate_set_check(const struct certificate_set *set, const struct certificate_paths *paths,
                           char reason[static CERTIFICATE_REASON_SIZE])
{
    bool good = true;
    if (set->certificate != NULL) {
        SSL_CTX *context = SSL_CTX_new(TLS_method());
        good = context == NULL ? refuse(reason, paths->certificate, "out of memory")
                               : check_own(context, set, paths, reason);
        SSL_CTX_free(context);
    }
    if (good && set->authorities != NULL) {
        const char *wrong = read_certificates(set->authorities, accept_certificate, NULL);
        good = wrong == NULL || refuse(reason, paths->authorities, wrong);
    }
    ERR_clear_error(); /* C core's threads must not find ours */
    return good;
}

/* ---- Describing ------------------------------------------------------------------------------ */

/* Why a certificate is not valid at the present time; NULL: it is. */
static const char *find_time_flaw(const X509 *certificate)
{
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0) {
        return "a certificate in it has expired";
    }
    return X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0
               ? "a certificate in it is not valid yet"
               : NULL;
}

static const char *take_time_flaw(void *context, X509 *certificate, size_t position)
{
    (void)position;
    const char **flaw = context;
    *flaw = *flaw == NULL ? find_time_flaw(certificate) : *flaw;
    return NULL;
}

static void find_flaw(const char *text, const char *path,
                      void (*found)(const char *file, const char *flaw))
{
    const char *flaw = NULL;
    if (text != NULL && read_certificates(text, take_time_flaw, &flaw) == NULL && flaw != NULL) {
        found(path, flaw);
    }
}

void certificate_set_find_flaws(const struct certificate_set *set,
                                const struct certificate_paths *paths,
                                void (*found)(const char *file, const char *flaw))
{
    find_flaw(set->certificate, paths->certificate, found);
    if (paths->key != NULL && certificate_file_is_exposed(paths->key)) {
        found(paths->key, "every user can read the key: chmod o-r");
    }
    find_flaw(set->authorities, paths->authorities, found);
    ERR_clear_error();
}

void certificate_set_name(const struct certificate_set *set,
                          char name[static CERTIFICATE_NAME_SIZE])
{
    bool is_end;
    BIO *bytes = open_text(set->certificate);
    X509 *certificate = bytes == NULL ? NULL : next_certificate(bytes, &is_end);
    BIO *subject = BIO_new(BIO_s_mem());
    int length = 0;
    if (certificate != NULL && subject != NULL &&
        X509_NAME_print_ex(subject, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) >= 0) {
        length = BIO_read(subject, name, CERTIFICATE_NAME_SIZE - 1);
    }
    name[length > 0 ? length : 0] = '\0';
    BIO_free(subject);
    X509_free(certificate);
    BIO_free(bytes);
    ERR_clear_error();
}
