#include "client/options/output_option.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

const char *output_option_check(const char *text)
{
    return text[0] != '-' || strcmp(text, OUTPUT_STDOUT) == 0
               ? NULL
               : "expected FILE, or - for standard output; a FILE whose name begins with a dash is "
                 "written as ./-name";
}

bool output_option_find_contradiction(const struct plan *plan,
                                      char problem[static OUTPUT_OPTION_PROBLEM_SIZE])
{
    const struct {
        const char *option;
        const char *path;
    } outputs[] = {{"--json", plan->json_file},
                   {"--json-stream", plan->json_stream_file},
                   {"--csv", plan->csv_file},
                   {"--prometheus", plan->prometheus_file},
                   {"--html", plan->html_file}};
    const char *first = NULL;
    for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
        if (outputs[i].path == NULL || strcmp(outputs[i].path, OUTPUT_STDOUT) != 0) {
            continue;
        }
        if (first != NULL) {
            (void)snprintf(problem, OUTPUT_OPTION_PROBLEM_SIZE,
                           "%s and %s both write to standard output: give one of them a file",
                           first, outputs[i].option);
            return true;
        }
        first = outputs[i].option;
    }
    return false;
}
