#define _GNU_SOURCE /* nftw */
#include "test/kit/scratch_folder.h"

#include <check.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void scratch_folder_make(char path[static SCRATCH_FOLDER_SIZE], const char *name)
{
    int length = snprintf(path, SCRATCH_FOLDER_SIZE, "/tmp/%s-XXXXXX", name);
    ck_assert_int_lt(length, SCRATCH_FOLDER_SIZE);
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

void scratch_folder_remove(const char *path)
{
    enum { DESCRIPTORS = 16 };
    ck_assert_int_eq(nftw(path, remove_entry, DESCRIPTORS, FTW_DEPTH | FTW_PHYS), 0);
}
