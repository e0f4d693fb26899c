/*
 * Judges the certificate that a server shows, with OpenSSL: C core judges, too, but of what was
 * wrong it says nothing.
 */
#ifndef COMMS_CLIENT_GRPC_SERVER_CERTIFICATE_H
#define COMMS_CLIENT_GRPC_SERVER_CERTIFICATE_H

#include <stdbool.h>

enum { SERVER_CERTIFICATE_REASON_SIZE = 160 };

struct server_certificate_judge;

/*
 * A judge of certificates of the server `name`, a host name or a literal address. `authorities` are
 * PEM certificates, one of which must have signed it, or be it; NULL: those of the system, as
 * OpenSSL finds them (SSL_CERT_FILE and SSL_CERT_DIR name others). NULL: memory is missing, or
 * `name` can be in no certificate. The caller frees it.
 */
struct server_certificate_judge *server_certificate_judge_create(const char *authorities,
                                                                 const char *name);
void server_certificate_judge_destroy(struct server_certificate_judge *judge);

/*
 * Whether the first certificate of a PEM text is the server's, valid now, and signed by an
 * authority, by way of the other certificates. False: `reason` says what is wrong. `chain` may be
 * NULL. Threads may share a judge.
 */
bool server_certificate_is_good(const struct server_certificate_judge *judge, const char *chain,
                                char reason[static SERVER_CERTIFICATE_REASON_SIZE]);

#endif
