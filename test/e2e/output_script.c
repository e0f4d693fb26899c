#define _GNU_SOURCE /* realpath */
#include "test/e2e/output_script.h"

#include "test/e2e/program_expectations.h"
#include "test/kit/scratch_folder.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[SCRATCH_FOLDER_SIZE];
static struct server server;

static void export_path(const char *name, const char *path)
{
    char *whole = realpath(path, NULL); /* the scripts change the folder */
    ck_assert_ptr_nonnull(whole);
    setenv(name, whole, 1);
    free(whole);
}

/* The script of a test finds the programs, and the port of a server, in its environment. */
void output_script_set_up(void)
{
    char port[16];
    server = server_start("stateless", "--interval", "0", NULL);
    snprintf(port, sizeof port, "%u", server.port);
    setenv("PORT", port, 1);
    export_path("CLIENT", programs_client_path());
    export_path("SERVER", programs_server_path());
    scratch_folder_make(folder, "outputs");
    setenv("FOLDER", folder, 1);
}

void output_script_tear_down(void)
{
    scratch_folder_remove(folder);
    server_stop(&server);
}

void script_must_end(const char *script, int status, const char *said)
{
    static const char beginning[] = "cd \"$FOLDER\"; printf before > old; "
                                    "run() { \"$CLIENT\" -p \"$PORT\" -n 2 \"$@\"; }\n";
    char text[1024];
    ck_assert_uint_lt(strlen(beginning) + strlen(script), sizeof text);
    snprintf(text, sizeof text, "%s%s", beginning, script);
    expect_end(program_start("/bin/sh", "-c", text, NULL), status, said);
}

void file_must_begin(const char *name, const char *wanted)
{
    char path[SCRATCH_FOLDER_SIZE + 16];
    char text[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    ck_assert_msg(strncmp(text, wanted, strlen(wanted)) == 0, "%s: %s", name, text);
}
