/* A small file that is read as a whole, for certificate_set.c. From any thread. */
#ifndef COMMS_SHARED_TLS_CERTIFICATE_FILE_H
#define COMMS_SHARED_TLS_CERTIFICATE_FILE_H

#include "shared/tls/certificate_set.h"

/*
 * The file as a text, which the caller frees. NULL: it is missing, empty, no regular file, larger
 * than CERTIFICATE_FILE_MAX, or no text; `reason` is a sentence that names it.
 */
char *certificate_file_read(const char *path, char reason[static CERTIFICATE_REASON_SIZE]);

/* Whether every user of the machine can read the file. */
bool certificate_file_is_exposed(const char *path);

#endif
