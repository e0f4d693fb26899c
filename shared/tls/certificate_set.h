/*
 * A certificate, its private key, and the authorities that the peer's certificate must come from:
 * read from PEM files, and checked as a set with the same calls of OpenSSL that C core will make.
 * C core itself says only that something failed.
 *
 * The texts are kept as they stand in the files, because C core takes texts. Every function may be
 * called from any thread.
 */
#ifndef COMMS_SHARED_TLS_CERTIFICATE_SET_H
#define COMMS_SHARED_TLS_CERTIFICATE_SET_H

#include <stdbool.h>

enum {
    CERTIFICATE_FILE_MAX = 1024 * 1024, /* bytes of the largest file */
    CERTIFICATE_REASON_SIZE = 320,      /* room for a sentence with two paths, NUL included */
    CERTIFICATE_NAME_SIZE = 128         /* room for a subject, NUL included */
};

/* Where the files are; NULL: there is none. A certificate and its key come together. */
struct certificate_paths {
    const char *certificate; /* the own certificate, and behind it its intermediate authorities */
    const char *key;
    const char *authorities; /* who may have signed the certificates of peers */
};

/* PEM texts, owned; NULL where there is no file. All zeroes: empty. */
struct certificate_set {
    char *certificate;
    char *key;
    char *authorities;
};

/*
 * Reads the files. False: one could not be read; `reason` is a sentence that names it, and *ret_set
 * is empty.
 */
bool certificate_set_read(struct certificate_set *ret_set, const struct certificate_paths *paths,
                          char reason[static CERTIFICATE_REASON_SIZE]);

/*
 * Whether TLS can be spoken with the set: each file is PEM of its kind, OpenSSL accepts the
 * certificate, and the key belongs to it. False: `reason` is a sentence that names the file.
 */
bool certificate_set_check(const struct certificate_set *set, const struct certificate_paths *paths,
                           char reason[static CERTIFICATE_REASON_SIZE]);

/* Whether both hold the same texts. */
bool certificate_set_equal(const struct certificate_set *one, const struct certificate_set *other);

/*
 * Calls `found` for each flaw with which TLS can be spoken all the same: a certificate that is not
 * valid at the present time, a key that every user can read. `flaw` is a static text that follows
 * on the file's name. For a set that certificate_set_check has passed.
 */
void certificate_set_find_flaws(const struct certificate_set *set,
                                const struct certificate_paths *paths,
                                void (*found)(const char *file, const char *flaw));

/*
 * Writes the subject of the own certificate, such as `CN=server,O=Example`, cut to what fits; it
 * may hold any bytes that an authority has signed. For a set that certificate_set_check has passed.
 */
void certificate_set_name(const struct certificate_set *set,
                          char name[static CERTIFICATE_NAME_SIZE]);

/* Frees the texts, and overwrites the key. */
void certificate_set_cleanup(struct certificate_set *set);

#endif
