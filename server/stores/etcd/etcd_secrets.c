#include "server/stores/etcd/etcd_secrets.h"

#include "shared/base/clock.h"
#include "shared/base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define LOOK_INTERVAL NS_PER_S

static void log_flaw(const char *file, const char *flaw)
{
    log_event(LOG_LEVEL_WARN, "certificate with a flaw", log_word("file", file),
              log_text("flaw", flaw));
}

/* False: `reason` says why, and *ret_set is empty. */
static bool read_tls(const struct etcd_secrets *secrets, struct certificate_set *ret_set,
                     char reason[static CERTIFICATE_REASON_SIZE])
{
    if (!certificate_set_read(ret_set, &secrets->paths, reason)) {
        return false;
    }
    if (!certificate_set_check(ret_set, &secrets->paths, reason)) {
        certificate_set_cleanup(ret_set);
        return false;
    }
    return true;
}

static bool read_password(struct etcd_secrets *secrets, char *problem, size_t size)
{
    struct stat status;
    if (!etcd_password_read(&secrets->password, secrets->password_file, problem, size)) {
        return false;
    }
    if (secrets->password_file != NULL && stat(secrets->password_file, &status) == 0 &&
        (status.st_mode & S_IROTH) != 0) {
        log_event(LOG_LEVEL_WARN, "password with a flaw", log_word("file", secrets->password_file),
                  log_text("flaw", "every user of the machine can read it"));
    }
    return true;
}

bool etcd_secrets_read(struct etcd_secrets *secrets, char *problem, size_t size)
{
    char reason[CERTIFICATE_REASON_SIZE];
    if (secrets->has_tls && !read_tls(secrets, &secrets->tls, reason)) {
        (void)snprintf(problem, size, "cannot speak TLS with etcd: %s", reason);
        return false;
    }
    if (secrets->has_tls) {
        certificate_set_find_flaws(&secrets->tls, &secrets->paths, log_flaw);
    }
    return read_password(secrets, problem, size);
}

static bool renew_tls(struct etcd_secrets *secrets)
{
    char reason[CERTIFICATE_REASON_SIZE];
    struct certificate_set found;
    if (!secrets->has_tls || !read_tls(secrets, &found, reason)) {
        return false;
    }
    if (certificate_set_equal(&found, &secrets->tls)) {
        certificate_set_cleanup(&found);
        return false;
    }
    certificate_set_cleanup(&secrets->tls);
    secrets->tls = found;
    certificate_set_find_flaws(&secrets->tls, &secrets->paths, log_flaw);
    return true;
}

static bool renew_password(struct etcd_secrets *secrets)
{
    char reason[CERTIFICATE_REASON_SIZE];
    struct etcd_password found = {.text = ""};
    const bool is_new = etcd_password_read(&found, secrets->password_file, reason, sizeof reason) &&
                        strcmp(found.text, secrets->password.text) != 0;
    if (is_new) {
        secrets->password = found;
    }
    etcd_password_cleanup(&found);
    return is_new;
}

unsigned etcd_secrets_look(struct etcd_secrets *secrets, int64_t now)
{
    if (now < secrets->look_at) {
        return 0;
    }
    secrets->look_at = now + LOOK_INTERVAL;
    const unsigned changes = (renew_tls(secrets) ? ETCD_SECRETS_TLS : 0U) |
                             (renew_password(secrets) ? ETCD_SECRETS_PASSWORD : 0U);
    if (changes != 0) {
        log_event(
            LOG_LEVEL_NOTICE, "store credentials renewed",
            log_word("password", changes & ETCD_SECRETS_PASSWORD ? secrets->password_file : NULL),
            log_word("ca", changes & ETCD_SECRETS_TLS ? secrets->paths.authorities : NULL),
            log_word("cert", changes & ETCD_SECRETS_TLS ? secrets->paths.certificate : NULL));
    }
    return changes;
}

void etcd_secrets_cleanup(struct etcd_secrets *secrets)
{
    etcd_password_cleanup(&secrets->password);
    certificate_set_cleanup(&secrets->tls);
}
