/* shared/base/target: every form of a target, and what is said of those that are none. */
#include "shared/base/target.h"
#include "test/suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct target target;

#define LABEL_63 "abcdefghijklmnopqrstuvwxyz-0123456789-ABCDEFGHIJKLMNOPQRSTUVWXY"

static const struct {
    const char *text;
    enum target_kind kind;
    const char *host;
    uint16_t port;
    const char *described;
} forms[] = {
    {"localhost", TARGET_NAME, "localhost", 0, "localhost"},
    {"localhost:1", TARGET_NAME, "localhost", 1, "localhost:1"},
    {"example.org.:65535", TARGET_NAME, "example.org.", 65535, "example.org.:65535"},
    {"my_app-2.proxy_1:80", TARGET_NAME, "my_app-2.proxy_1", 80, "my_app-2.proxy_1:80"},
    {"1password.com", TARGET_NAME, "1password.com", 0, "1password.com"},
    {"0x7f.host", TARGET_NAME, "0x7f.host", 0, "0x7f.host"},
    {"0xyz", TARGET_NAME, "0xyz", 0, "0xyz"},
    {"task.1.abc", TARGET_NAME, "task.1.abc", 0, "task.1.abc"},
    {"xn--bcher-kva.example", TARGET_NAME, "xn--bcher-kva.example", 0, "xn--bcher-kva.example"},
    {LABEL_63 ".x", TARGET_NAME, LABEL_63 ".x", 0, LABEL_63 ".x"},
    {"127.0.0.1", TARGET_IPV4, "127.0.0.1", 0, "127.0.0.1"},
    {"0.0.0.0", TARGET_IPV4, "0.0.0.0", 0, "0.0.0.0"},
    {"255.255.255.255:1337", TARGET_IPV4, "255.255.255.255", 1337, "255.255.255.255:1337"},
    {"::", TARGET_IPV6, "::", 0, "::"},
    {"::1", TARGET_IPV6, "::1", 0, "::1"},
    {"[::1]", TARGET_IPV6, "::1", 0, "::1"},
    {"[::1]:1337", TARGET_IPV6, "::1", 1337, "[::1]:1337"},
    {"::1:1337", TARGET_IPV6, "::1:1337", 0, "::1:1337"}, /* without brackets all is address */
    {"2001:db8:1:2:3:4:5:6", TARGET_IPV6, "2001:db8:1:2:3:4:5:6", 0, "2001:db8:1:2:3:4:5:6"},
    {"::ffff:127.0.0.1", TARGET_IPV6, "::ffff:127.0.0.1", 0, "::ffff:127.0.0.1"},
    {"fe80::1%eth0", TARGET_IPV6, "fe80::1%eth0", 0, "fe80::1%eth0"},
    {"[fe80::1%2]:80", TARGET_IPV6, "fe80::1%2", 80, "[fe80::1%2]:80"},
    {"dns:localhost", TARGET_NAME, "localhost", 0, "localhost"},
    {"dns:///localhost:80", TARGET_NAME, "localhost", 80, "localhost:80"},
    {"dns:127.0.0.1:80", TARGET_IPV4, "127.0.0.1", 80, "127.0.0.1:80"},
    {"dns:///[::1]:80", TARGET_IPV6, "::1", 80, "[::1]:80"},
    {"ipv4:10.0.0.1", TARGET_IPV4, "10.0.0.1", 0, "10.0.0.1"},
    {"ipv4:10.0.0.1:98", TARGET_IPV4, "10.0.0.1", 98, "10.0.0.1:98"},
    {"ipv6:::1", TARGET_IPV6, "::1", 0, "::1"},
    {"ipv6:[::1]:98", TARGET_IPV6, "::1", 98, "[::1]:98"},
    {"dns", TARGET_NAME, "dns", 0, "dns"}, /* hosts may be called as schemes are */
    {"unix", TARGET_NAME, "unix", 0, "unix"},
    {"xds:80", TARGET_NAME, "xds", 80, "xds:80"},
    {"unix:/run/comms.sock", TARGET_UNIX, "/run/comms.sock", 0, "unix:/run/comms.sock"},
    {"unix:///run/comms.sock", TARGET_UNIX, "/run/comms.sock", 0, "unix:/run/comms.sock"},
    {"unix:relative.sock", TARGET_UNIX, "relative.sock", 0, "unix:relative.sock"},
    {"unix:1337", TARGET_UNIX, "1337", 0, "unix:1337"},
    {"unix:/a b%41?c#d:\xc3\xa4", TARGET_UNIX, "/a b%41?c#d:\xc3\xa4", 0,
     "unix:/a b%41?c#d:\xc3\xa4"},
    {"unix-abstract:comms", TARGET_UNIX_ABSTRACT, "comms", 0, "unix-abstract:comms"},
};

START_TEST(a_target_has_a_form)
{
    char text[TARGET_TEXT_SIZE];
    const char *wrong = target_parse(forms[_i].text, TARGET_TO_CONNECT, &target);
    ck_assert_msg(wrong == NULL, "%s: %s", forms[_i].text, wrong);
    ck_assert_int_eq(target.kind, forms[_i].kind);
    ck_assert_str_eq(target.host, forms[_i].host);
    ck_assert_uint_eq(target.port, forms[_i].port);
    target_describe(&target, text);
    ck_assert_str_eq(text, forms[_i].described);
    /* What is shown can be given again. */
    ck_assert_ptr_null(target_parse(text, TARGET_TO_CONNECT, &target));
    ck_assert_str_eq(target.host, forms[_i].host);
    ck_assert_uint_eq(target.port, forms[_i].port);
}
END_TEST

START_TEST(what_is_listened_on_has_no_port)
{
    const char *wrong = target_parse(forms[_i].text, TARGET_TO_LISTEN, &target);
    bool may_listen = forms[_i].port == 0 && forms[_i].kind != TARGET_UNIX_ABSTRACT;
    ck_assert_msg((wrong == NULL) == may_listen, "%s", forms[_i].text);
}
END_TEST

static const char port_wanted[] = "expected a port from 1 to 65535 after the colon";
static const char url_unwanted[] = "expected HOST or HOST:PORT, not a URL";
static const char name_wanted[] = "expected a host name of letters, digits, '-', '_' and single "
                                  "dots (an international one as xn--...), or an address";
static const char ipv4_wanted[] = "expected four numbers from 0 to 255, as 127.0.0.1, or a host "
                                  "name that does not end in a number";
static const char colons_wanted[] =
    "expected an IPv6 address, [IPV6]:PORT, or HOST:PORT with one colon";
static const char brackets_wanted[] = "expected [ADDRESS] or [ADDRESS]:PORT";
static const char ipv6_wanted[] =
    "expected an IPv6 address between the brackets, such as [2001:db8::1]";

static const struct {
    const char *text;
    const char *wrong;
} refusals[] = {
    {"", "expected a host"},
    {":1337", "expected a host before the colon"},
    {":", "expected a host before the colon"},
    {"host:", port_wanted},
    {"host:0", port_wanted},
    {"host:65536", port_wanted},
    {"127.0.0.1:66873", port_wanted}, /* 1337 + 65536 */
    {"host:4294968633", port_wanted}, /* 1337 + 2^32 */
    {"host:18446744073709552953", port_wanted},
    {"host:-1", port_wanted},
    {"host:+80", port_wanted},
    {"host: 80", port_wanted},
    {"host:80 ", port_wanted},
    {"host:0x50", port_wanted},
    {"host:80x", port_wanted},
    {"host:80/", port_wanted},
    {"xds:name", port_wanted},
    {"[::1]:", port_wanted},
    {"[::1]:0", port_wanted},
    {"[::1]:65536", port_wanted},
    {"ipv4:10.0.0.1:65536", port_wanted},
    {"dns:///host:0", port_wanted},
    {"http://localhost", url_unwanted},
    {"https://localhost:443/", url_unwanted},
    {"xds:///name", url_unwanted},
    {"HTTP://[::1]", url_unwanted},
    {"://", url_unwanted},
    {"a b", name_wanted},
    {" a", name_wanted},
    {"caf\xc3\xa9", name_wanted},
    {"user@host", name_wanted},
    {"host/path", name_wanted},
    {"/run/comms.sock", name_wanted},
    {"-host", name_wanted},
    {"host-", name_wanted},
    {"a.-b", name_wanted},
    {"a..b", name_wanted},
    {".a", name_wanted},
    {".", name_wanted},
    {"a..", name_wanted},
    {"*", name_wanted},
    {LABEL_63 "z", "expected at most 63 characters between two dots of a host name"},
    {"1337", ipv4_wanted},
    {"1.2.3", ipv4_wanted},
    {"1.2.3.4.5", ipv4_wanted},
    {"1.2.3.4.", ipv4_wanted},
    {"256.1.1.1", ipv4_wanted},
    {"01.2.3.4", ipv4_wanted},
    {"127.1", ipv4_wanted},
    {"0x7f000001", ipv4_wanted},
    {"0x7f.1", ipv4_wanted},
    {"127.0.0.0x1", ipv4_wanted},
    {"host.0x", ipv4_wanted},
    {"localhost:80:90", colons_wanted},
    {"1:2:3", colons_wanted},
    {"::1]", colons_wanted},
    {"::1%", colons_wanted},
    {"fe80::1%a/b", colons_wanted},
    {"fe80::1%a b", colons_wanted},
    {"fe80::1%sixteen_letters_", colons_wanted},
    {"::12345", colons_wanted},
    {"ipv4:1.2.3.4:1,5.6.7.8:2", colons_wanted},
    {"[::1", brackets_wanted},
    {"[::1]x", brackets_wanted},
    {"[::1]80", brackets_wanted},
    {"[", brackets_wanted},
    {"[]", ipv6_wanted},
    {"[]:80", ipv6_wanted},
    {"[127.0.0.1]:80", ipv6_wanted},
    {"[localhost]", ipv6_wanted},
    {"[[::1]]", brackets_wanted},
    {"dns:", "expected a host after dns:"},
    {"dns:///", "expected a host after dns:"},
    {"dns://8.8.8.8/host",
     "expected dns:///HOST: the system's resolver is asked, and no other server"},
    {"dns:/host", name_wanted},
    {"ipv4:", "expected an IPv4 address after ipv4:"},
    {"ipv4:localhost", "expected an IPv4 address after ipv4:"},
    {"ipv4:::1", "expected an IPv4 address after ipv4:"},
    {"ipv6:", "expected an IPv6 address after ipv6:"},
    {"ipv6:127.0.0.1:80", "expected an IPv6 address after ipv6:"},
    {"unix:", "expected a path after unix:"},
    {"unix://", "expected unix:PATH or unix:///PATH"},
    {"unix://host/path", "expected unix:PATH or unix:///PATH"},
    {"unix-abstract:", "expected a name after unix-abstract:"},
    {"unix:/a\nb", "expected no control characters"},
    {"a\tb", "expected no control characters"},
    {"a\x7f", "expected no control characters"},
};

START_TEST(what_is_no_target_is_said)
{
    target.port = 7;
    const char *wrong = target_parse(refusals[_i].text, TARGET_TO_CONNECT, &target);
    ck_assert_msg(wrong != NULL, "'%s' is taken", refusals[_i].text);
    ck_assert_str_eq(wrong, refusals[_i].wrong);
    ck_assert_uint_eq(target.port, 7);
    ck_assert_ptr_nonnull(target_parse(refusals[_i].text, TARGET_TO_LISTEN, &target));
}
END_TEST

START_TEST(where_to_listen_is_said_in_other_words)
{
    static const char unwanted_port[] =
        "expected an address without a port: the port is given by --port";
    static const struct {
        const char *text;
        const char *wrong;
    } cases[] = {
        {"localhost:1337", unwanted_port},
        {"127.0.0.1:1337", unwanted_port},
        {"[::1]:1337", unwanted_port},
        {"localhost:99999", unwanted_port},
        {":1337", unwanted_port},
        {"http://localhost", "expected an address or a host, not a URL"},
        {"[::1", "expected [ADDRESS]"},
        {"1:2:3", "expected an IPv6 address, or a host or IPv4 address without colons"},
        {"unix-abstract:x", "expected unix:PATH: abstract sockets are only connected to"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_str_eq(target_parse(cases[i].text, TARGET_TO_LISTEN, &target), cases[i].wrong);
    }
}
END_TEST

/* A path that is cut would be another socket. */
START_TEST(a_path_has_a_longest_length)
{
    static const struct {
        const char *beginning;
        size_t longest;
    } kinds[] = {{"unix:", 107}, {"unix:///", 106}, {"unix-abstract:", 107}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char text[600];
        snprintf(text, sizeof text, "%s", kinds[i].beginning);
        char *end = text + strlen(text);
        for (size_t length = 1; length < 520; length++) {
            *end++ = 'x';
            *end = '\0';
            const char *wrong = target_parse(text, TARGET_TO_CONNECT, &target);
            ck_assert_msg((wrong == NULL) == (length <= kinds[i].longest), "%s", text);
            ck_assert(wrong == NULL || strstr(wrong, "at most 107 bytes") != NULL);
        }
    }
}
END_TEST

START_TEST(the_longest_name_has_room_for_its_dot_and_port)
{
    char text[TARGET_TEXT_SIZE];
    char described[TARGET_TEXT_SIZE];
    for (size_t i = 0; i < 253; i++) {
        text[i] = i % 64 == 63 ? '.' : 'x';
    }
    memcpy(text + 253, ".:65535", sizeof ".:65535");
    ck_assert_ptr_null(target_parse(text, TARGET_TO_CONNECT, &target));
    target_describe(&target, described);
    ck_assert_str_eq(described, text);
    text[253] = 'x';
    ck_assert_str_eq(target_parse(text, TARGET_TO_CONNECT, &target),
                     "expected a host name of at most 253 characters");
    char longer[600];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_ptr_nonnull(target_parse(longer, TARGET_TO_CONNECT, &target));
}
END_TEST

/* The loopback's interface is there on every machine, and is the first. */
START_TEST(a_scope_is_an_interface_of_this_machine)
{
    static const char *const right[] = {"::1%lo",    "::1%1",       "fe80::1%lo",   "::1",
                                        "127.0.0.1", "example.org", "unix:/%nosuch"};
    static const char *const wrong[] = {"::1%nosuch", "::1%4294967295", "fe80::1%25lo"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        ck_assert_ptr_null(target_parse(right[i], TARGET_TO_LISTEN, &target));
        ck_assert_msg(target_check_scope(&target) == NULL, "%s", right[i]);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ck_assert_ptr_null(target_parse(wrong[i], TARGET_TO_LISTEN, &target));
        ck_assert_str_eq(target_check_scope(&target),
                         "expected an interface of this machine after the %, as in fe80::1%eth0");
    }
    ck_assert_ptr_null(target_parse("[fe80::1]:80", TARGET_TO_CONNECT, &target));
    ck_assert_str_eq(target_check_scope(&target),
                     "expected its interface behind a link-local address, as in fe80::1%eth0");
}
END_TEST

Suite *target_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = tcase_create("target");
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_target_has_a_form, 0, sizeof forms / sizeof *forms);
    tcase_add_loop_test(tcase, what_is_listened_on_has_no_port, 0, sizeof forms / sizeof *forms);
    tcase_add_loop_test(tcase, what_is_no_target_is_said, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(tcase, where_to_listen_is_said_in_other_words);
    tcase_add_test(tcase, a_path_has_a_longest_length);
    tcase_add_test(tcase, the_longest_name_has_room_for_its_dot_and_port);
    tcase_add_test(tcase, a_scope_is_an_interface_of_this_machine);
    return suite;
}
