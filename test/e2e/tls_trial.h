/* A comms-server with TLS, the certificates for it, and handshakes with it. */
#ifndef COMMS_TEST_E2E_TLS_TRIAL_H
#define COMMS_TEST_E2E_TLS_TRIAL_H

#include "test/kit/certificates.h"
#include "test/kit/programs.h"
#include "test/kit/tls_handshake.h"

#include <stdbool.h>

struct tls_trial {
    struct certificates certificates;
    char certificate[CERTIFICATES_PATH_SIZE]; /* paths of the server's files: server.pem, */
    char key[CERTIFICATES_PATH_SIZE];         /* server.key and */
    char authorities[CERTIFICATES_PATH_SIZE]; /* clients.pem, which the clients do not read */
    struct server server;
    char outcome[TLS_HANDSHAKE_TEXT_SIZE]; /* of the last handshake */
};

extern struct tls_trial trial;

/* A test's checked fixture: the certificates are there, and no server runs at first. */
void tls_trial_set_up(void);
void tls_trial_tear_down(void);

/* Starts the server, with TLS or mutual TLS, on 127.0.0.1 and ::1. */
void serve_tls(void);
void serve_mutual_tls(void);

/* The server logs a line that has this text. */
void expect_server_log(const char *text);

/*
 * Shakes hands with the server, with the certificate of this name (NULL: none), in this version of
 * TLS (0: the newest). The outcome is the subject of the server's certificate, or the reason.
 */
bool shake_hands(const char *client, int version_max);

/* The handshake fails for a reason that has this text. */
void expect_refused(const char *client, const char *reason);

/* Why it fails when C core refuses a client: it closes the connection without an alert. */
extern const char closed_without_alert[];

#endif
