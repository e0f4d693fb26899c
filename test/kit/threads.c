#include "test/kit/threads.h"

#include "test/kit/proc_files.h"

#include <check.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

int threads_count(const char *name)
{
    int count = 0;
    DIR *tasks = opendir("/proc/self/task");
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *task; (task = readdir(tasks)) != NULL;) {
        char path[300];
        char text[32];
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", task->d_name);
        proc_read_text(path, text, sizeof text); /* nothing if the thread has ended meanwhile */
        text[strcspn(text, "\n")] = '\0';
        count += strcmp(text, name) == 0;
    }
    closedir(tasks);
    return count;
}
