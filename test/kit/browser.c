#include "test/kit/browser.h"

#include <check.h>

#include <stdio.h>
#include <string.h>

/* It starts many processes, which takes a busy machine longer than one of ours. */
enum { PATIENCE_MS = 100000 };

void browser_init(struct browser *browser)
{
    scratch_folder_make(browser->folder, "comms-browser");
}

void browser_cleanup(struct browser *browser)
{
    scratch_folder_remove(browser->folder);
}

struct program *browser_open(struct browser *browser, const char *page, unsigned width)
{
    enum { SIZE = 128 };
    char path[SIZE];
    char profile[SIZE];
    char size[SIZE];
    char url[SIZE + sizeof "file://"];
    (void)snprintf(path, sizeof path, "%s/page.html", browser->folder);
    (void)snprintf(url, sizeof url, "file://%s", path);
    (void)snprintf(profile, sizeof profile, "--user-data-dir=%s/profile", browser->folder);
    (void)snprintf(size, sizeof size, "--window-size=%u,900", width);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(page, file), 0);
    ck_assert_int_eq(fclose(file), 0);

    struct program *program = program_start(
        programs_browser_path(), "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        profile, size, "--enable-logging=stderr", "--dump-dom", url, NULL);
    program_set_patience(program, PATIENCE_MS);
    int status = program_wait_exit(program);
    ck_assert_msg(status == 0, "the browser ended with %d: %s", status,
                  program_output_end(program, PROGRAM_STDERR));
    return program;
}

const char *browser_complaint(const struct program *program)
{
    return strstr(program_output(program, PROGRAM_STDERR), ":CONSOLE");
}
