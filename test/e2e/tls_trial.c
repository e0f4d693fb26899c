#include "test/e2e/tls_trial.h"

#include <check.h>

#include <string.h>

struct tls_trial trial;

const char closed_without_alert[] = "unexpected eof while reading";

void tls_trial_set_up(void)
{
    certificates_make(&trial.certificates);
    certificates_path(&trial.certificates, "server.pem", trial.certificate);
    certificates_path(&trial.certificates, "server.key", trial.key);
    certificates_copy(&trial.certificates, "ca.pem", "clients.pem");
    certificates_path(&trial.certificates, "clients.pem", trial.authorities);
    trial.server = (struct server){.program = NULL};
}

void tls_trial_tear_down(void)
{
    if (trial.server.program != NULL) {
        server_stop(&trial.server);
        program_destroy(trial.server.program);
    }
    certificates_remove(&trial.certificates);
}

void serve_tls(void)
{
    trial.server = server_start("stateful", "--interval", "20ms", "--tls-cert", trial.certificate,
                                "--tls-key", trial.key, NULL);
}

void serve_mutual_tls(void)
{
    trial.server = server_start("stateful", "--interval", "20ms", "--tls-cert", trial.certificate,
                                "--tls-key", trial.key, "--tls-client-ca", trial.authorities, NULL);
}

void expect_server_log(const char *text)
{
    (void)program_wait_line(trial.server.program, PROGRAM_STDERR, text);
}

bool shake_hands(const char *client, int version_max)
{
    const struct tls_handshake handshake = {.certificates = &trial.certificates,
                                            .authority = "ca",
                                            .client = client,
                                            .version_max = version_max};
    return tls_handshake_try(&handshake, trial.server.port, trial.outcome);
}

void expect_refused(const char *client, const char *reason)
{
    ck_assert(!shake_hands(client, 0));
    ck_assert_msg(strstr(trial.outcome, reason) != NULL, "'%s' should say: %s", trial.outcome,
                  reason);
}
