#include "test/kit/client_options_fixture.h"

#include "test/kit/words.h"

#include <check.h>
#include <sodium.h>

#include <stdio.h>
#include <unistd.h>

struct plan parsed;
char parse_out[CAPTURE_SIZE];
char parse_err[CAPTURE_SIZE];

void client_options_set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
}

void client_options_tear_down(void)
{
    plan_cleanup(&parsed);
}

enum options_result parse_words(const char *text)
{
    static struct words words; /* the plan points into it */
    plan_cleanup(&parsed);
    words_split(&words, "comms-client", text);
    struct capture out_capture;
    struct capture err_capture;
    capture_begin(&out_capture, STDOUT_FILENO);
    capture_begin(&err_capture, STDERR_FILENO);
    enum options_result result = client_options_parse(words.argc, words.argv, &parsed);
    capture_end(&err_capture, parse_err);
    capture_end(&out_capture, parse_out);
    return result;
}

void must_parse(const char *words)
{
    enum options_result result = parse_words(words);
    ck_assert_msg(result == OPTIONS_GO_ON, "'%s': %s", words, parse_err);
    ck_assert_str_eq(parse_out, "");
    ck_assert_str_eq(parse_err, "");
}

void must_refuse(const char *words, const char *line)
{
    char wanted[CAPTURE_SIZE];
    ck_assert_int_eq(parse_words(words), OPTIONS_WRONG);
    (void)snprintf(wanted, sizeof wanted, "comms-client: %s\n", line);
    ck_assert_str_eq(parse_err, wanted);
    ck_assert_str_eq(parse_out, "");
}

void must_have_uuid(const char *wanted)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(&parsed.uuid, text);
    ck_assert_str_eq(text, wanted);
}
