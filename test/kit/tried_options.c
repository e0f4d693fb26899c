#include "test/kit/tried_options.h"

#include <check.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const modes[] = {"stateless", "stateful", NULL};

static const char *check_place(const char *text)
{
    return strcmp(text, "nowhere") == 0 ? "expected another place" : NULL;
}

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "Where"},
    {.kind = OPTION_NUMBER,
     .name = "port",
     .letter = 'p',
     .argument = "PORT",
     .help = "the port",
     .min = 1,
     .max = 65535,
     .field = offsetof(struct tried_values, port)},
    {.kind = OPTION_TEXT,
     .name = "host",
     .argument = "HOST",
     .help = "the host",
     .check = check_place,
     .field = offsetof(struct tried_values, host)},
    {.kind = OPTION_TEXTS,
     .name = "listen",
     .letter = 'l',
     .argument = "ADDRESS",
     .help = "an address; more than one is possible\nby more of this option",
     .check = check_place,
     .field = offsetof(struct tried_values, listen)},
    {.kind = OPTION_HEADING, .help = "How"},
    {.kind = OPTION_CHOICE,
     .name = "mode",
     .letter = 'm',
     .argument = "MODE",
     .help = "the mode",
     .choices = modes,
     .field = offsetof(struct tried_values, mode)},
    {.kind = OPTION_DURATION,
     .name = "interval",
     .argument = "DURATION",
     .help = "the interval",
     .field = offsetof(struct tried_values, interval_ns)},
    {.kind = OPTION_DURATION,
     .name = "timeout",
     .argument = "DURATION",
     .help = "the time-out",
     .min = 1,
     .field = offsetof(struct tried_values, timeout_ns)},
    {.kind = OPTION_NUMBER,
     .name = "max-streams",
     .argument = "COUNT",
     .help = "how many streams",
     .max = UINT64_MAX,
     .field = offsetof(struct tried_values, max_streams)},
    {.kind = OPTION_FLAG,
     .name = "quiet",
     .letter = 'q',
     .help = "say nothing",
     .field = offsetof(struct tried_values, quiet)},
};

static void describe_libraries(char *text, size_t size)
{
    (void)snprintf(text, size, "a library 1.2");
}

const struct options tried_options = {.program = "try",
                                      .usage = "[OPTION]... [WORD]...",
                                      .description = "Tries options.",
                                      .environment = "TRY",
                                      .ignored_port = offsetof(struct tried_values, ignored_port),
                                      .ending = "The end.\n",
                                      .rows = rows,
                                      .row_count = sizeof rows / sizeof *rows,
                                      .describe_libraries = describe_libraries};

struct tried tried;

void tried_set_defaults(void)
{
    tried.values = (struct tried_values){.port = 1337,
                                         .interval_ns = 1000000000,
                                         .timeout_ns = 30,
                                         .mode = 0,
                                         .host = "localhost",
                                         .max_streams = 7};
    tried.operands = -1;
}

void tried_clean_up(void)
{
    texts_cleanup(&tried.values.listen);
}

enum options_result tried_parse_words(const struct options *table, int argc, char **argv)
{
    struct capture out;
    struct capture err;
    capture_begin(&out, STDOUT_FILENO);
    capture_begin(&err, STDERR_FILENO);
    enum options_result result = options_parse(table, argc, argv, &tried.values, &tried.operands);
    capture_end(&err, tried.err);
    capture_end(&out, tried.out);
    return result;
}

enum options_result tried_parse(const char *line)
{
    snprintf(tried.line, sizeof tried.line, "%s", line);
    tried.count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(tried.line, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(tried.count, TRIED_WORDS_MAX);
        tried.words[tried.count++] = word;
    }
    tried.words[tried.count] = NULL;
    return tried_parse_words(&tried_options, tried.count, tried.words);
}

void tried_must_go_on(const char *line)
{
    tried_set_defaults();
    enum options_result result = tried_parse(line);
    ck_assert_msg(result == OPTIONS_GO_ON, "%s: %s", line, tried.err);
    ck_assert_str_eq(tried.out, "");
    ck_assert_str_eq(tried.err, "");
}

void tried_must_be_wrong(const char *line, const char *expected)
{
    tried_set_defaults();
    enum options_result result = tried_parse(line);
    ck_assert_msg(result == OPTIONS_WRONG, "%s: result %d", line, result);
    ck_assert_str_eq(tried.out, "");
    ck_assert_str_eq(tried.err, expected);
    tried_clean_up();
}
