#include "test/kit/programs/output_text.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool output_skip(const char **text, const char *literal)
{
    size_t length = strlen(literal);
    if (strncmp(*text, literal, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

bool output_read_number(const char **text, uint64_t *ret_number)
{
    char *end;
    if (**text < '0' || **text > '9') {
        return false;
    }
    *ret_number = strtoull(*text, &end, 10);
    *text = end;
    return true;
}

const char *output_next_line(const char **text, const char *beginning)
{
    while (**text != '\0') {
        const char *line = *text;
        const char *end = strchr(line, '\n');
        *text = end != NULL ? end + 1 : line + strlen(line);
        if (output_skip(&line, beginning)) {
            return line;
        }
    }
    return NULL;
}
