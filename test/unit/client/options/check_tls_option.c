/* client/options/tls_option: which options turn TLS on, for which name, and which files are wrong.
 */
#include "client/options/tls_option.h"
#include "test/kit/certificates.h"
#include "test/kit/client_options_fixture.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct certificates certificates;

static void set_up(void)
{
    client_options_set_up();
    certificates_make(&certificates);
}

static void tear_down(void)
{
    client_options_tear_down();
    certificates_remove(&certificates);
}

/* The words with the folder in the place of each `@`. */
static const char *in_folder(const char *words)
{
    static char text[1024];
    size_t used = 0;
    for (const char *at = words; *at != '\0'; at++) {
        int length = *at == '@'
                         ? snprintf(text + used, sizeof text - used, "%s/", certificates.folder)
                         : snprintf(text + used, sizeof text - used, "%c", *at);
        used += (size_t)length;
        ck_assert_uint_lt(used, sizeof text);
    }
    return text;
}

static void must_refuse_here(const char *words, const char *line)
{
    char wanted[1024];
    snprintf(wanted, sizeof wanted, "%s", in_folder(line));
    must_refuse(in_folder(words), wanted);
}

/* ---- What turns it on ------------------------------------------------------------------------ */

static const struct {
    const char *words;
    const char *name; /* that is verified */
    bool overrides;
} rows[] = {
    {"--tls", "127.0.0.1", false},
    {"--tls --host example.org:99", "example.org", false},
    {"--tls --host example.org.", "example.org", false},
    {"--tls --host [::1]:99", "::1", false},
    {"--tls --host fe80::1%lo", "fe80::1", false},
    {"--tls-ca @ca.pem", "127.0.0.1", false},
    {"--tls-cert @client.pem --tls-key @client.key", "127.0.0.1", false},
    {"--tls-server-name example.org", "example.org", true},
    {"--tls-server-name example.org.", "example.org", true},
    {"--tls-server-name 10.0.0.1", "10.0.0.1", true},
    {"--tls-server-name [::1]", "::1", true},
    {"--tls-server-name 2001:db8::1", "2001:db8::1", true},
    {"--host unix:/run/x --tls-server-name localhost", "localhost", true},
    {"--insecure-skip-verify", "127.0.0.1", false},
    {"--insecure-skip-verify --tls --host unix:/run/x", "", false},
};

START_TEST(each_option_turns_it_on)
{
    must_parse(in_folder(rows[_i].words));
    ck_assert(parsed.tls.is_on);
    ck_assert_str_eq(parsed.tls.name, rows[_i].name);
    ck_assert(parsed.tls.overrides_name == rows[_i].overrides);
    ck_assert(parsed.tls.skips_verification ==
              (strstr(rows[_i].words, "--insecure-skip-verify") != NULL));
}
END_TEST

START_TEST(without_them_it_is_off)
{
    must_parse("--host localhost");
    ck_assert(!parsed.tls.is_on);
    ck_assert(!parsed.tls.skips_verification);
}
END_TEST

START_TEST(files_are_read)
{
    must_parse(in_folder("--tls-ca @ca.pem --tls-cert @client.pem --tls-key @client.key --tls"));
    ck_assert_ptr_nonnull(strstr(parsed.tls.files.authorities, "BEGIN CERTIFICATE"));
    ck_assert_ptr_nonnull(strstr(parsed.tls.files.certificate, "BEGIN CERTIFICATE"));
    ck_assert_ptr_nonnull(strstr(parsed.tls.files.key, "PRIVATE KEY"));
}
END_TEST

/* ---- What is refused ------------------------------------------------------------------------- */

#define NAME_WANTED "expected a host name or an address, without a port"

static const struct {
    const char *words;
    const char *line;
} refusals[] = {
    {"--tls-cert @client.pem", "--tls-cert needs its key: add --tls-key"},
    {"--tls-key @client.key --tls", "--tls-key needs its certificate: add --tls-cert"},
    {"--insecure-skip-verify --tls-ca @ca.pem",
     "--tls-ca says whom to trust, and --insecure-skip-verify trusts everybody: leave one out"},
    {"--tls --host unix:/run/x", "TLS on a unix socket needs --tls-server-name: the name that the "
                                 "server's certificate is for"},
    {"--tls-server-name a:1", "invalid --tls-server-name 'a:1': " NAME_WANTED},
    {"--tls-server-name dns:a", "invalid --tls-server-name 'dns:a': " NAME_WANTED},
    {"--tls-server-name ipv4:1.2.3.4", "invalid --tls-server-name 'ipv4:1.2.3.4': " NAME_WANTED},
    {"--tls-server-name ipv6:::1", "invalid --tls-server-name 'ipv6:::1': " NAME_WANTED},
    {"--tls-server-name unix:a", "invalid --tls-server-name 'unix:a': " NAME_WANTED},
    {"--tls-server-name *.a.b", "invalid --tls-server-name '*.a.b': " NAME_WANTED},
    {"--tls-server-name fe80::1%lo", "invalid --tls-server-name 'fe80::1%lo': " NAME_WANTED},
    {"--tls-server-name=", "invalid --tls-server-name '': expected NAME"},
    {"--tls-ca=", "invalid --tls-ca '': expected FILE"},
    {"--tls-ca @none", "invalid --tls-ca: cannot read @none: No such file or directory"},
    {"--tls-ca @empty", "invalid --tls-ca: cannot read @empty: it is empty"},
    {"--tls-ca @garbage", "invalid --tls-ca: cannot use @garbage: it has no PEM certificate"},
    {"--tls-ca @client.key", "invalid --tls-ca: cannot use @client.key: it has no PEM certificate"},
    {"--tls-ca /", "invalid --tls-ca: cannot read /: it is a directory"},
    {"--tls-ca /dev/zero", "invalid --tls-ca: cannot read /dev/zero: it is no regular file"},
    {"--tls-cert @none --tls-key @client.key",
     "invalid --tls-cert: cannot read @none: No such file or directory"},
    {"--tls-cert @client.pem --tls-key @none",
     "invalid --tls-key: cannot read @none: No such file or directory"},
    {"--tls-cert @client.pem --tls-key @empty",
     "invalid --tls-key: cannot read @empty: it is empty"},
    {"--tls-cert @garbage --tls-key @client.key",
     "invalid --tls-cert or --tls-key: cannot use @garbage: it has no PEM certificate"},
    {"--tls-cert @client.pem --tls-key @garbage",
     "invalid --tls-cert or --tls-key: cannot use @garbage: it has no PEM private key"},
    {"--tls-cert @client.pem --tls-key @server.key",
     "invalid --tls-cert or --tls-key: the key in @server.key does not belong to the certificate "
     "in @client.pem"},
};

START_TEST(wrong_options_and_files_are_refused)
{
    char line[1024];
    certificates_write(&certificates, "empty", "");
    certificates_write(&certificates, "garbage", "garbage");
    snprintf(line, sizeof line, "%s", refusals[_i].line);
    must_refuse_here(refusals[_i].words, line);
}
END_TEST

/* ---- What is warned of ----------------------------------------------------------------------- */

static const char *warnings(void)
{
    static char text[CAPTURE_SIZE];
    struct capture capture;
    capture_begin(&capture, STDERR_FILENO);
    tls_option_warn(&parsed.tls);
    capture_end(&capture, text);
    return text;
}

START_TEST(good_files_are_no_reason_for_warnings)
{
    must_parse("");
    ck_assert_str_eq(warnings(), "");
    must_parse(in_folder("--tls-ca @ca.pem --tls-cert @client.pem --tls-key @client.key"));
    ck_assert_str_eq(warnings(), "");
}
END_TEST

START_TEST(flaws_are_warned_of)
{
    char path[CERTIFICATES_PATH_SIZE];
    char wanted[1024];
    certificates_issue(
        &certificates,
        &(struct certificate){
            .name = "late", .authority = "ca", .subject = "late", .from = -7200, .until = -3600});
    ck_assert_int_eq(chmod(certificates_path(&certificates, "late.key", path), 0644), 0);
    must_parse(in_folder("-q --tls-cert @late.pem --tls-key @late.key --insecure-skip-verify"));
    snprintf(
        wanted, sizeof wanted, "%s",
        in_folder("comms-client: warning: --insecure-skip-verify: the server's certificate is "
                  "not verified, whoever answers is taken for the server\n"
                  "comms-client: warning: @late.pem: a certificate in it has expired\n"
                  "comms-client: warning: @late.key: every user can read the key: chmod o-r\n"));
    ck_assert_str_eq(warnings(), wanted);
}
END_TEST

Suite *tls_option_suite(void)
{
    Suite *suite = suite_create("tls-option");
    TCase *tcase = tcase_create("tls-option");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, each_option_turns_it_on, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tcase, without_them_it_is_off);
    tcase_add_test(tcase, files_are_read);
    tcase_add_loop_test(tcase, wrong_options_and_files_are_refused, 0,
                        sizeof refusals / sizeof refusals[0]);
    tcase_add_test(tcase, good_files_are_no_reason_for_warnings);
    tcase_add_test(tcase, flaws_are_warned_of);
    suite_add_tcase(suite, tcase);
    return suite;
}
