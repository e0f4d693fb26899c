/* Certificates for tests of TLS, made at run time: the repository holds no key, and nothing expires
 * over the years.
 *
 * All are in one scratch folder. NAME is in the files NAME.pem (certificate) and NAME.key (private
 * key, mode 0600), both PEM. certificates_make makes these; further ones come from
 * certificates_issue:
 *
 *     ca              the authority of the server and the client
 *     other-ca        an authority that nobody knows
 *     server          of ca, for localhost, 127.0.0.1 and ::1
 *     client          of ca, subject CN=client
 */
#ifndef COMMS_TEST_KIT_CERTIFICATES_H
#define COMMS_TEST_KIT_CERTIFICATES_H

#include "test/kit/scratch_folder.h"

enum { CERTIFICATES_PATH_SIZE = 128 };

struct certificates {
    char folder[SCRATCH_FOLDER_SIZE];
};

/* What a certificate says. Keys are new ones, P-256. */
struct certificate {
    const char *name;      /* the files' name; existing files are replaced as a whole */
    const char *authority; /* the name of the signing one; NULL: signed by itself */
    const char *subject;   /* its common name; NULL: no subject */
    const char *names;     /* its alternative names, "DNS:localhost,IP:127.0.0.1,URI:spiffe://a/b";
                              NULL: none */
    long from;             /* valid from, in seconds after now; 0: an hour ago */
    long until;            /* valid until, in seconds after now; 0: in a day */
    int is_authority;      /* 1: it may sign others */
};

/* Makes the folder and the certificates named above. */
void certificates_make(struct certificates *certificates);

/* Makes one more. */
void certificates_issue(const struct certificates *certificates, const struct certificate *wanted);

/* The path of a file, such as "server.pem", whether it is there or not. Returns `path`. */
const char *certificates_path(const struct certificates *certificates, const char *file,
                              char path[static CERTIFICATES_PATH_SIZE]);

/* Copies a file over another one, which is replaced as a whole (rename). */
void certificates_copy(const struct certificates *certificates, const char *from, const char *to);

/* Writes a file with that text, as it stands. */
void certificates_write(const struct certificates *certificates, const char *file,
                        const char *text);

/* Appends a file, or a text, to a file, as one makes a chain or a bundle. */
void certificates_append(const struct certificates *certificates, const char *from, const char *to);
void certificates_append_text(const struct certificates *certificates, const char *text,
                              const char *to);

/* Removes the folder and all that is in it. */
void certificates_remove(const struct certificates *certificates);

#endif
