#include "client/options/compare_options.h"

#include "client/options/fail_on_option.h"
#include "client/options/output_option.h"
#include "shared/grpc/core_version.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char description[] =
    "Compares two results of comms-client, as --json or --json-stream wrote them: for\n"
    "each metric the ratio B/A, and whether B is better or worse. Ratios from 0.95 to\n"
    "1.05 are the same; of violations each one counts. A or B may be - for standard\n"
    "input.";

static const char ending[] =
    "Exit status: 0 compared; 5 a --fail-on condition holds, or a run has no value of\n"
    "its metric; 64 wrong usage, or a file that is no result; 74 the output could not\n"
    "be written; 141 nobody reads the output any more.\n"
    "\n"
    "Metrics of --fail-on are those of a run (see comms-client --help), their values\n"
    "ratios: 'throughput<0.9' or 'late_p99>1.5'. From 0 to more is above any ratio,\n"
    "from 0 to 0 is 1, so 'violations>1' means: more than in A.\n";

/* The values that the options fill. */
struct values {
    struct compare_options options;
    struct texts fail_on;
};

static const struct option_row rows[] = {
    {.kind = OPTION_HEADING, .help = "What compare says, and when it fails"},
    {.kind = OPTION_TEXT,
     .name = "json",
     .letter = 'J',
     .letter_value = OUTPUT_STDOUT,
     .argument = "FILE",
     .help = "write the comparison to FILE, as JSON; -J is\n"
             "--json -: to standard output, and the text goes to\n"
             "standard error then",
     .check = output_option_check,
     .field = offsetof(struct values, options.json_file)},
    {.kind = OPTION_TEXTS,
     .name = "fail-on",
     .argument = "WHEN",
     .help = "exit 5 if this holds for the ratio B/A, or it was\n"
             "not measured: 'throughput<0.9', 'resume_p99>1.5 or\n"
             "none'; repeatable",
     .field = offsetof(struct values, fail_on)},
};

const struct options compare_option_table = {.program = "comms-client",
                                             .command = "compare",
                                             .usage = "[OPTION…] A.json B.json",
                                             .description = description,
                                             .ending = ending,
                                             .rows = rows,
                                             .row_count = sizeof rows / sizeof rows[0],
                                             .describe_libraries = core_version_describe};

static enum options_result complete(struct values *values, int count, char **words)
{
    struct compare_options *options = &values->options;
    if (count != 2) {
        return options_complain(&compare_option_table,
                                "compare needs two files, A.json and B.json, and got %d (try "
                                "compare --help)",
                                count);
    }
    if (strcmp(words[0], OUTPUT_STDOUT) == 0 && strcmp(words[1], OUTPUT_STDOUT) == 0) {
        return options_complain(&compare_option_table,
                                "compare can read only one file from standard input");
    }
    options->files[0] = words[0];
    options->files[1] = words[1];
    for (size_t i = 0; i < values->fail_on.count; i++) {
        char wrong[FAIL_ON_ERROR_SIZE];
        if (!fail_on_option_add_ratio(&options->fail_on, values->fail_on.items[i], wrong)) {
            return options_complain(&compare_option_table, "invalid --fail-on '%s': %s",
                                    values->fail_on.items[i], wrong);
        }
    }
    return OPTIONS_GO_ON;
}

enum options_result compare_options_parse(int argc, char **argv, struct compare_options *options)
{
    struct values values = {.options = {.json_file = NULL}};
    int operands = argc;
    enum options_result result =
        options_parse(&compare_option_table, argc, argv, &values, &operands);
    if (result == OPTIONS_GO_ON) {
        result = complete(&values, argc - operands, argv + operands);
    }
    texts_cleanup(&values.fail_on);
    if (result == OPTIONS_GO_ON) {
        *options = values.options;
    } else {
        compare_options_cleanup(&values.options);
    }
    return result;
}

void compare_options_cleanup(struct compare_options *options)
{
    free(options->fail_on.items);
    options->fail_on = (struct fail_on_list){.count = 0};
}
