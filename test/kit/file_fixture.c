#include "test/kit/file_fixture.h"

#include <check.h>
#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 9 };

char file_folder[SCRATCH_FOLDER_SIZE];
char file_path[FILE_PATH_SIZE];
struct file_found file_found;
char file_problem[FILE_PROBLEM_SIZE];

void file_set_up(void)
{
    ck_assert_int_ge(sodium_init(), 0);
    scratch_folder_make(file_folder, "comms-file");
    snprintf(file_path, sizeof file_path, "%s/sessions", file_folder);
}

void file_tear_down(void)
{
    scratch_folder_remove(file_folder);
}

struct file_bytes file_bytes_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    struct file_bytes result = {.size = (size_t)ftell(file)};
    rewind(file);
    result.bytes = malloc(result.size + 1);
    ck_assert_ptr_nonnull(result.bytes);
    ck_assert_uint_eq(fread(result.bytes, 1, result.size, file), result.size);
    fclose(file);
    return result;
}

void file_bytes_write(const char *path, const struct file_bytes *bytes)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes->bytes, 1, bytes->size, file), bytes->size);
    ck_assert_int_eq(fclose(file), 0);
}

static bool take(struct file_reader *reader, const struct session_record *record)
{
    struct file_found *found = (struct file_found *)reader;
    ck_assert_uint_lt(found->count, FILE_FOUND_MAX);
    found->records[found->count++] = *record;
    return true;
}

struct file_database *file_try_open(void)
{
    file_found.reader.read = take;
    file_found.count = 0;
    file_problem[0] = '\0';
    return file_database_open(file_path, &file_found.reader, file_problem);
}

struct file_database *file_open(void)
{
    struct file_database *database = file_try_open();
    ck_assert_msg(database != NULL, "%s", file_problem);
    return database;
}

struct session_record file_record_of(uint64_t generation, uint32_t sent)
{
    struct session_record record = {
        .n = NUMBERS, .sent = sent, .is_exact = true, .generation = generation};
    memcpy(record.uuid.bytes, &generation, sizeof generation);
    return record;
}

void file_put(struct file_database *database, uint64_t generation, uint32_t sent)
{
    const struct file_change change = {.record = file_record_of(generation, sent)};
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_WRITTEN);
}

void file_delete(struct file_database *database, uint64_t generation)
{
    const struct file_change change = {.record.generation = generation, .is_deleted = true};
    ck_assert_int_eq(file_database_write(database, &change, 1, false), FILE_WRITTEN);
}

void file_close(struct file_database *database)
{
    ck_assert_int_eq(file_database_write(database, NULL, 0, true), FILE_WRITTEN);
    file_database_close(database);
}
