#include "test/kit/proc_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_SIZE = 4096 };

void proc_read_text(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, size - 1, file);
    text[length] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

uint64_t proc_status_number(const char *path, const char *name)
{
    char text[STATUS_SIZE];
    char line[64];
    proc_read_text(path, text, sizeof text);
    snprintf(line, sizeof line, "\n%s:", name);
    const char *at = strstr(text, line);
    return at == NULL ? 0 : strtoull(at + strlen(line), NULL, 10);
}
