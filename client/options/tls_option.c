#include "client/options/tls_option.h"

#include "shared/base/text.h"

#include <stdio.h>
#include <string.h>

/* ---- Names ----------------------------------------------------------------------------------- */

/* Reads a host name or an address, with nothing around it. */
static bool parse_name(const char *text, struct target *ret_target)
{
    if (target_parse(text, TARGET_TO_CONNECT, ret_target) != NULL || ret_target->port != 0) {
        return false;
    }
    switch (ret_target->kind) {
    case TARGET_NAME:
    case TARGET_IPV4:
        return strcmp(text, ret_target->host) == 0; /* without a scheme */
    case TARGET_IPV6:
        return strncmp(text, "ipv6:", 5) != 0 && strchr(text, '%') == NULL;
    case TARGET_UNIX:
    case TARGET_UNIX_ABSTRACT:
        break;
    }
    return false;
}

const char *tls_option_check_name(const char *text)
{
    struct target target;
    return parse_name(text, &target) ? NULL : "expected a host name or an address, without a port";
}

/* The host as certificates name it: without the scope of an address, or the dot of a full name. */
static void copy_name(const char *host, char name[static TARGET_HOST_SIZE])
{
    (void)snprintf(name, TARGET_HOST_SIZE, "%.*s", (int)strcspn(host, "%"), host);
    size_t length = strlen(name);
    if (length > 0 && name[length - 1] == '.') {
        name[length - 1] = '\0';
    }
}

static const char *complete_name(struct client_options *options, const struct target *target)
{
    struct tls_plan *tls = &options->plan.tls;
    struct target named;
    bool is_unix = target->kind == TARGET_UNIX || target->kind == TARGET_UNIX_ABSTRACT;
    tls->overrides_name = options->tls_server_name != NULL;
    if (tls->overrides_name && parse_name(options->tls_server_name, &named)) {
        copy_name(named.host, tls->name);
    } else if (!is_unix) {
        copy_name(target->host, tls->name);
    } else if (!tls->skips_verification) {
        return "TLS on a unix socket needs --tls-server-name: the name that the server's "
               "certificate is for";
    }
    return NULL;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static bool read_file(const char *option, const char *path, char **ret_text, char *problem)
{
    const struct certificate_paths paths = {.authorities = path};
    struct certificate_set set;
    char reason[CERTIFICATE_REASON_SIZE];
    if (!certificate_set_read(&set, &paths, reason)) {
        (void)snprintf(problem, TLS_OPTION_PROBLEM_SIZE, "invalid %s: %s", option, reason);
        return false;
    }
    *ret_text = set.authorities;
    return true;
}

static bool check_files(const char *option, const struct certificate_set *set,
                        const struct certificate_paths *paths, char *problem)
{
    char reason[CERTIFICATE_REASON_SIZE];
    if (certificate_set_check(set, paths, reason)) {
        return true;
    }
    (void)snprintf(problem, TLS_OPTION_PROBLEM_SIZE, "invalid %s: %s", option, reason);
    return false;
}

static bool read_files(struct tls_plan *tls, char *problem)
{
    struct certificate_set *files = &tls->files;
    const struct certificate_paths *paths = &tls->paths;
    if (!read_file("--tls-ca", paths->authorities, &files->authorities, problem) ||
        !read_file("--tls-cert", paths->certificate, &files->certificate, problem) ||
        !read_file("--tls-key", paths->key, &files->key, problem)) {
        return false;
    }
    const struct certificate_set authorities = {.authorities = files->authorities};
    const struct certificate_set own = {.certificate = files->certificate, .key = files->key};
    return check_files("--tls-ca", &authorities, paths, problem) &&
           check_files("--tls-cert or --tls-key", &own, paths, problem);
}

/* ---- Together -------------------------------------------------------------------------------- */

static const char *find_contradiction(const struct tls_plan *tls)
{
    if (tls->paths.certificate != NULL && tls->paths.key == NULL) {
        return "--tls-cert needs its key: add --tls-key";
    }
    if (tls->paths.certificate == NULL && tls->paths.key != NULL) {
        return "--tls-key needs its certificate: add --tls-cert";
    }
    return tls->skips_verification && tls->paths.authorities != NULL
               ? "--tls-ca says whom to trust, and --insecure-skip-verify trusts everybody: leave "
                 "one out"
               : NULL;
}

bool tls_option_complete(struct client_options *options, const struct target *target,
                         char problem[static TLS_OPTION_PROBLEM_SIZE])
{
    struct tls_plan *tls = &options->plan.tls;
    tls->is_on = tls->is_on || tls->skips_verification || options->tls_server_name != NULL ||
                 tls->paths.authorities != NULL || tls->paths.certificate != NULL ||
                 tls->paths.key != NULL;
    if (!tls->is_on) {
        return true;
    }
    const char *wrong = find_contradiction(tls);
    if (wrong == NULL) {
        wrong = complete_name(options, target);
    }
    if (wrong != NULL) {
        (void)snprintf(problem, TLS_OPTION_PROBLEM_SIZE, "%s", wrong);
        return false;
    }
    return read_files(tls, problem);
}

/* ---- Warnings -------------------------------------------------------------------------------- */

static void warn_of_flaw(const char *file, const char *flaw)
{
    (void)fputs("comms-client: warning: ", stderr);
    text_write(file, stderr);
    (void)fprintf(stderr, ": %s\n", flaw);
}

void tls_option_warn(const struct tls_plan *tls)
{
    if (tls->skips_verification) {
        (void)fputs("comms-client: warning: --insecure-skip-verify: the server's certificate is "
                    "not verified, whoever answers is taken for the server\n",
                    stderr);
    }
    certificate_set_find_flaws(&tls->files, &tls->paths, warn_of_flaw);
}
