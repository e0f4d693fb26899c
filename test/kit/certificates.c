#include "test/kit/certificates.h"

#include <check.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of the largest file that is copied, NUL included. */
enum { TEXT_SIZE = 16384 };

const char *certificates_path(const struct certificates *certificates, const char *file,
                              char path[static CERTIFICATES_PATH_SIZE])
{
    int length = snprintf(path, CERTIFICATES_PATH_SIZE, "%s/%s", certificates->folder, file);
    ck_assert_int_lt(length, CERTIFICATES_PATH_SIZE);
    return path;
}

static FILE *open_file(const struct certificates *certificates, const char *name,
                       const char *ending, const char *mode)
{
    char file[CERTIFICATES_PATH_SIZE];
    char path[CERTIFICATES_PATH_SIZE];
    ck_assert_int_lt(snprintf(file, sizeof file, "%s%s", name, ending), (int)sizeof file);
    FILE *stream = fopen(certificates_path(certificates, file, path), mode);
    ck_assert_msg(stream != NULL, "cannot open %s", path);
    return stream;
}

/* A reader never sees half a file: the new one takes the old one's place at once. */
static void put_in_place(const struct certificates *certificates, const char *name,
                         const char *ending)
{
    char file[CERTIFICATES_PATH_SIZE];
    char from[CERTIFICATES_PATH_SIZE];
    char to[CERTIFICATES_PATH_SIZE];
    ck_assert_int_lt(snprintf(file, sizeof file, "%s%s", name, ending), (int)sizeof file);
    certificates_path(certificates, file, to);
    certificates_path(certificates, "new", from);
    ck_assert_int_eq(chmod(from, S_IRUSR | S_IWUSR), 0);
    ck_assert_int_eq(rename(from, to), 0);
}

static void write_pair(const struct certificates *certificates, const char *name, X509 *x509,
                       EVP_PKEY *key)
{
    FILE *file = open_file(certificates, "new", "", "w");
    ck_assert_int_eq(PEM_write_X509(file, x509), 1);
    ck_assert_int_eq(fclose(file), 0);
    put_in_place(certificates, name, ".pem");
    file = open_file(certificates, "new", "", "w");
    ck_assert_int_eq(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    ck_assert_int_eq(fclose(file), 0);
    put_in_place(certificates, name, ".key");
}

static void add_extension(X509 *x509, X509 *issuer, int id, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, id, value);
    ck_assert_msg(extension != NULL, "no such extension: %s", value);
    ck_assert_int_eq(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_serial(X509 *x509)
{
    unsigned char bytes[8];
    ck_assert_int_eq(RAND_bytes(bytes, sizeof bytes), 1);
    BIGNUM *number = BN_bin2bn(bytes, sizeof bytes, NULL);
    ck_assert_ptr_nonnull(BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509)));
    BN_free(number);
}

static X509 *describe(const struct certificate *wanted, EVP_PKEY *key)
{
    enum { HOUR = 3600, DAY = 86400 };
    X509 *x509 = X509_new();
    ck_assert_int_eq(X509_set_version(x509, 2), 1); /* X.509 v3, which counts from zero */
    set_serial(x509);
    X509_gmtime_adj(X509_getm_notBefore(x509), wanted->from != 0 ? wanted->from : -HOUR);
    X509_gmtime_adj(X509_getm_notAfter(x509), wanted->until != 0 ? wanted->until : DAY);
    if (wanted->subject != NULL) {
        const unsigned char *subject = (const unsigned char *)wanted->subject;
        ck_assert_int_eq(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN",
                                                    MBSTRING_UTF8, subject, -1, -1, 0),
                         1);
    }
    ck_assert_int_eq(X509_set_pubkey(x509, key), 1);
    return x509;
}

void certificates_issue(const struct certificates *certificates, const struct certificate *wanted)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    ck_assert_ptr_nonnull(key);
    X509 *x509 = describe(wanted, key);
    X509 *issuer = x509;
    EVP_PKEY *signing = key;
    if (wanted->authority != NULL) {
        FILE *file = open_file(certificates, wanted->authority, ".pem", "r");
        ck_assert_ptr_nonnull(issuer = PEM_read_X509(file, NULL, NULL, NULL));
        fclose(file);
        file = open_file(certificates, wanted->authority, ".key", "r");
        ck_assert_ptr_nonnull(signing = PEM_read_PrivateKey(file, NULL, NULL, NULL));
        fclose(file);
    }
    ck_assert_int_eq(X509_set_issuer_name(x509, X509_get_subject_name(issuer)), 1);
    add_extension(x509, issuer, NID_basic_constraints,
                  wanted->is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(x509, issuer, NID_subject_key_identifier, "hash");
    if (wanted->names != NULL) {
        add_extension(x509, issuer, NID_subject_alt_name, wanted->names);
    }
    ck_assert_int_gt(X509_sign(x509, signing, EVP_sha256()), 0);
    write_pair(certificates, wanted->name, x509, key);
    if (issuer != x509) {
        X509_free(issuer);
        EVP_PKEY_free(signing);
    }
    X509_free(x509);
    EVP_PKEY_free(key);
}

void certificates_make(struct certificates *certificates)
{
    static const struct certificate first[] = {
        {.name = "ca", .subject = "comms test authority", .is_authority = 1},
        {.name = "other-ca", .subject = "another authority", .is_authority = 1},
        {.name = "server",
         .authority = "ca",
         .subject = "server",
         .names = "DNS:localhost,IP:127.0.0.1,IP:::1"},
        {.name = "client", .authority = "ca", .subject = "client"},
    };
    scratch_folder_make(certificates->folder, "comms-certificates");
    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        certificates_issue(certificates, &first[i]);
    }
}

void certificates_write(const struct certificates *certificates, const char *file, const char *text)
{
    FILE *stream = open_file(certificates, "new", "", "w");
    ck_assert_int_eq(fputs(text, stream) >= 0, 1);
    ck_assert_int_eq(fclose(stream), 0);
    put_in_place(certificates, file, "");
}

/* The text of a file, cut to what fits; it must fit. */
static void read_text(const struct certificates *certificates, const char *file,
                      char text[static TEXT_SIZE])
{
    FILE *stream = open_file(certificates, file, "", "r");
    size_t length = fread(text, 1, TEXT_SIZE - 1, stream);
    ck_assert_int_ne(feof(stream), 0);
    fclose(stream);
    text[length] = '\0';
}

void certificates_copy(const struct certificates *certificates, const char *from, const char *to)
{
    char text[TEXT_SIZE];
    read_text(certificates, from, text);
    certificates_write(certificates, to, text);
}

void certificates_append_text(const struct certificates *certificates, const char *text,
                              const char *to)
{
    char whole[TEXT_SIZE];
    read_text(certificates, to, whole);
    size_t used = strlen(whole);
    int length = snprintf(whole + used, sizeof whole - used, "%s", text);
    ck_assert_int_lt(length, (int)(sizeof whole - used));
    certificates_write(certificates, to, whole);
}

void certificates_append(const struct certificates *certificates, const char *from, const char *to)
{
    char text[TEXT_SIZE];
    read_text(certificates, from, text);
    certificates_append_text(certificates, text, to);
}

void certificates_remove(const struct certificates *certificates)
{
    scratch_folder_remove(certificates->folder);
}
