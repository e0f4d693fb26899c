#include "test/kit/threads.h"

#include <check.h>

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int threads_count(const char *name)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300];
        char text[32] = "";
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        FILE *file = fopen(path, "r");
        if (file != NULL) { /* the thread has not ended meanwhile */
            bool has_name = fgets(text, sizeof text, file) != NULL;
            text[strcspn(text, "\n")] = '\0';
            count += has_name && strcmp(text, name) == 0;
            fclose(file);
        }
    }
    closedir(tasks);
    return count;
}
