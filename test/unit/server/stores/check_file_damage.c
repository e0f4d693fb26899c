/*
 * Files that are not what they were: each is refused at the opening, with its name and what to do,
 * and has the same bytes afterwards. Nothing crashes, and no session is lost in silence.
 */
#include "server/stores/file_page.h"
#include "server/stores/file_record.h"
#include "test/kit/file_fixture.h"
#include "test/suites.h"

#include <lmdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, FLIPS = 100 };

/* A file with some pages of sessions and a list of free pages. */
static struct file_bytes make_file(void)
{
    enum { BATCH = 100, BATCHES = 5 };
    static struct file_change changes[BATCH];
    struct file_database *database = file_open();
    for (uint64_t batch = 0; batch < BATCHES; batch++) {
        for (uint64_t i = 0; i < BATCH; i++) {
            changes[i] = (struct file_change){.record = file_record_of(1 + batch * BATCH + i, 3)};
        }
        ck_assert_int_eq(file_database_write(database, changes, BATCH, false), FILE_WRITTEN);
    }
    file_delete(database, 100);
    file_close(database);
    return file_bytes_read(file_path);
}

/* Expects that the file is refused for a reason with this text, and stays as it is. */
static void expect_refusal(const char *reason)
{
    struct file_bytes before = file_bytes_read(file_path);
    ck_assert_ptr_null(file_try_open());
    struct file_bytes after = file_bytes_read(file_path);
    ck_assert_uint_eq(before.size, after.size);
    ck_assert_mem_eq(before.bytes, after.bytes, before.size);
    ck_assert_msg(strstr(file_problem, file_path) != NULL, "%s", file_problem);
    ck_assert_msg(strstr(file_problem, reason) != NULL, "%s", file_problem);
    free(before.bytes);
    free(after.bytes);
}

/* Opens a changed file: it is refused, or all of its sessions are there. */
static bool is_refused(size_t sessions)
{
    struct file_database *database = file_try_open();
    if (database == NULL) {
        return true;
    }
    ck_assert_uint_eq(file_found.count, sessions);
    for (size_t i = 0; i < sessions; i++) {
        ck_assert_uint_eq(file_found.records[i].sent, 3);
    }
    file_put(database, 1000, 1); /* and LMDB gets on with it */
    file_delete(database, 1);
    file_database_close(database);
    return false;
}

START_TEST(test_changed_bytes)
{
    struct file_bytes good = make_file();
    size_t refused = 0;
    unsigned seed = 20261127;
    for (int i = 0; i < FLIPS; i++) {
        struct file_bytes bad = {malloc(good.size), good.size};
        memcpy(bad.bytes, good.bytes, good.size);
        const size_t at = (size_t)rand_r(&seed) % good.size;
        bad.bytes[at] ^= (uint8_t)(1 + rand_r(&seed) % 255);
        file_bytes_write(file_path, &bad);
        refused += is_refused(499);
        free(bad.bytes);
    }
    ck_assert_uint_gt(refused, FLIPS / 5);
    free(good.bytes);
}
END_TEST

/* The headers of the pages, and of their nodes: what LMDB would follow without a look. */
START_TEST(test_changed_headers)
{
    struct file_bytes good = make_file();
    size_t refused = 0;
    size_t tried = 0;
    for (size_t page = 0; page * PAGE < good.size; page++) {
        for (size_t at = 8; at < 48; at += 4) {
            struct file_bytes bad = {malloc(good.size), good.size};
            memcpy(bad.bytes, good.bytes, good.size);
            bad.bytes[page * PAGE + at] ^= 0xff;
            file_bytes_write(file_path, &bad);
            refused += is_refused(499);
            tried++;
            free(bad.bytes);
        }
    }
    ck_assert_msg(2 * refused > tried, "%zu of %zu", refused, tried);
    free(good.bytes);
}
END_TEST

/* Expects that a page is refused with these two bytes changed. */
static void expect_bad_page(struct file_page *page, uint64_t number, size_t at, unsigned change)
{
    uint16_t value = file_page_u16(page->bytes + at);
    const uint16_t before = value;
    value = (uint16_t)(value + change);
    memcpy(page->bytes + at, &value, sizeof value);
    ck_assert_msg(!file_page_check(page, number), "page %u, byte %zu", (unsigned)number, at);
    memcpy(page->bytes + at, &before, sizeof before);
    ck_assert(file_page_check(page, number));
}

/* What the header and the nodes of a page say must fit together, or LMDB would leave the page. */
START_TEST(test_changed_pages)
{
    static const size_t header[] = {0, 2, 4, 6, 10, 12, 14};
    static const unsigned changes[] = {1, 2, 0x100, 0x8000, 0xfffe, 0xffff};
    struct file_bytes good = make_file();
    size_t pages = 0;
    for (uint64_t number = 2; (number + 1) * PAGE <= good.size; number++) {
        struct file_page page = {.bytes = good.bytes + number * PAGE, .size = PAGE};
        if (!file_page_check(&page, number)) {
            continue; /* it was never written */
        }
        pages++;
        for (size_t c = 0; c < sizeof changes / sizeof changes[0]; c++) {
            for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) {
                expect_bad_page(&page, number, header[i], changes[c]);
            }
            for (unsigned i = 0; i < page.count; i++) { /* where the nodes are */
                expect_bad_page(&page, number, FILE_PAGE_HEADER + 2UL * i, changes[c]);
            }
        }
        for (unsigned i = 0; i < page.count; i++) { /* how long their keys are */
            const uint8_t *key = file_page_node(&page, i).key;
            expect_bad_page(&page, number, (size_t)(key - page.bytes) - 2, 2);
            expect_bad_page(&page, number, (size_t)(key - page.bytes) - 2, 0x4000);
        }
    }
    ck_assert_uint_gt(pages, 5);
    free(good.bytes);
}
END_TEST

/* Two nodes have changed places: all else of the page is right. */
START_TEST(test_changed_order)
{
    struct file_bytes good = make_file();
    size_t refused = 0;
    for (uint64_t number = 2; (number + 1) * PAGE <= good.size; number++) {
        uint8_t *bytes = good.bytes + number * PAGE;
        struct file_page page = {.bytes = bytes, .size = PAGE};
        if (!file_page_check(&page, number) || page.count < 3) {
            continue;
        }
        uint8_t *last = bytes + FILE_PAGE_HEADER + 2UL * (page.count - 2);
        const uint8_t swapped[] = {last[2], last[3], last[0], last[1]};
        const uint8_t before[] = {last[0], last[1], last[2], last[3]};
        memcpy(last, swapped, sizeof swapped);
        file_bytes_write(file_path, &good);
        refused += is_refused(499);
        memcpy(last, before, sizeof before);
    }
    ck_assert_uint_gt(refused, 5);
    free(good.bytes);
}
END_TEST

START_TEST(test_pages_that_are_swapped_or_old)
{
    struct file_bytes good = make_file();
    const size_t pages = good.size / PAGE;
    for (size_t one = 2; one < pages; one++) {
        for (size_t other = one + 1; other < pages; other++) {
            struct file_bytes bad = {malloc(good.size), good.size};
            memcpy(bad.bytes, good.bytes, good.size);
            memcpy(bad.bytes + one * PAGE, good.bytes + other * PAGE, PAGE);
            file_bytes_write(file_path, &bad);
            (void)is_refused(499);
            free(bad.bytes);
        }
    }
    free(good.bytes);
}
END_TEST

START_TEST(test_truncated_files)
{
    struct file_bytes good = make_file();
    size_t refused = 0;
    for (size_t size = 0; size < good.size;
         size += size % PAGE == 0 && size > 0 ? 511 : 1 + size % 7 * 97) {
        struct file_bytes bad = {good.bytes, size};
        file_bytes_write(file_path, &bad);
        refused += is_refused(499);
    }
    ck_assert_uint_gt(refused, 10);
    struct file_bytes empty = {good.bytes, 0};
    file_bytes_write(file_path, &empty);
    expect_refusal("is empty; remove it");
    struct file_bytes cut = {good.bytes, 3L * PAGE};
    file_bytes_write(file_path, &cut);
    expect_refusal("is truncated; put a copy of it back");
    cut.size = 100;
    file_bytes_write(file_path, &cut);
    expect_refusal("is truncated; put a copy of it back");
    free(good.bytes);
}
END_TEST

/* A last page that no file can have, in both meta pages: it is no reason to want memory for it. */
START_TEST(test_last_page_beyond_the_file)
{
    enum { LAST = 136 };
    static const uint64_t lasts[] = {UINT64_C(1) << 40, UINT64_C(1) << 63, UINT64_MAX};
    struct file_bytes bytes = make_file();
    for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
        memcpy(bytes.bytes + LAST, &lasts[i], sizeof lasts[i]);
        memcpy(bytes.bytes + PAGE + LAST, &lasts[i], sizeof lasts[i]);
        file_bytes_write(file_path, &bytes);
        expect_refusal("is truncated; put a copy of it back");
    }
    free(bytes.bytes);
}
END_TEST

/* ---- Files of others ------------------------------------------------------------------------- */

/* Writes one entry with LMDB, into a database of this name (NULL: the main one). */
static void put_raw(const char *name, const void *key, size_t key_size, const void *value,
                    size_t value_size)
{
    MDB_env *env;
    MDB_txn *transaction;
    MDB_dbi database;
    /* NOLINTBEGIN(performance-no-int-to-ptr): LMDB wants them not const, and reads them */
    MDB_val k = {key_size, (void *)(uintptr_t)key};
    MDB_val v = {value_size, (void *)(uintptr_t)value};
    /* NOLINTEND(performance-no-int-to-ptr) */
    ck_assert_int_eq(mdb_env_create(&env), 0);
    ck_assert_int_eq(mdb_env_set_maxdbs(env, 2), 0);
    ck_assert_int_eq(mdb_env_open(env, file_path, MDB_NOSUBDIR | MDB_NOLOCK, 0600), 0);
    ck_assert_int_eq(mdb_txn_begin(env, NULL, 0, &transaction), 0);
    ck_assert_int_eq(mdb_dbi_open(transaction, name, MDB_CREATE, &database), 0);
    ck_assert_int_eq(mdb_put(transaction, database, &k, &v, 0), 0);
    ck_assert_int_eq(mdb_txn_commit(transaction), 0);
    mdb_env_close(env);
}

START_TEST(test_files_of_other_programs)
{
    static uint8_t text[] = "these are 80 bytes of a text file, or more, which must not be lost"
                            "................................................................"
                            "................................................................";
    const struct file_bytes bytes = {text, sizeof text};
    file_bytes_write(file_path, &bytes);
    expect_refusal("is not a session store of comms-server; choose another file");

    ck_assert_int_eq(unlink(file_path), 0);
    put_raw(NULL, "key", 3, "value", 5);
    expect_refusal("is not a session store of comms-server");
    ck_assert_int_eq(unlink(file_path), 0);
    put_raw("names", "key", 3, "value", 5);
    expect_refusal("is not a session store of comms-server");
    ck_assert_int_eq(unlink(file_path), 0);
    static const uint8_t zeroes[8] = {0};
    static const uint8_t large[10000] = {0};
    put_raw(NULL, zeroes, 8, large, sizeof large);
    expect_refusal("is not a session store of comms-server");
    ck_assert_int_eq(unlink(file_path), 0);
    put_raw(NULL, zeroes, 8, "another head", 12);
    expect_refusal("is not a session store of comms-server");
}
END_TEST

START_TEST(test_newer_file)
{
    const struct file_head head = {.run = 1};
    uint8_t key[FILE_KEY_SIZE];
    uint8_t bytes[FILE_HEAD_SIZE];
    file_close(file_open());
    file_key_encode(0, key);
    file_head_encode(&head, bytes);
    bytes[16]++;
    put_raw(NULL, key, sizeof key, bytes, sizeof bytes);
    expect_refusal("was written by a newer comms-server");
}
END_TEST

/* LMDB's own number of its format. */
START_TEST(test_newer_lmdb)
{
    struct file_bytes bytes = make_file();
    bytes.bytes[20] = bytes.bytes[PAGE + 20] = 2;
    file_bytes_write(file_path, &bytes);
    expect_refusal("was written by another version of LMDB");
    free(bytes.bytes);
}
END_TEST

START_TEST(test_record_with_a_wrong_checksum)
{
    uint8_t key[FILE_KEY_SIZE];
    uint8_t bytes[FILE_RECORD_SIZE];
    struct session_record record = file_record_of(2, 3);
    struct file_database *database = file_open();
    file_put(database, 1, 1);
    file_close(database);
    file_key_encode(2, key);
    file_record_encode(&record, 1, bytes);
    bytes[32]++;
    put_raw(NULL, key, sizeof key, bytes, sizeof bytes);
    expect_refusal("is damaged; put a copy of it back, or move it away");
}
END_TEST

Suite *file_damage_suite(void)
{
    Suite *suite = suite_create("file-damage");
    TCase *tcase = tcase_create("file-damage");
    tcase_add_checked_fixture(tcase, file_set_up, file_tear_down);
    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_changed_bytes);
    tcase_add_test(tcase, test_changed_headers);
    tcase_add_test(tcase, test_changed_pages);
    tcase_add_test(tcase, test_changed_order);
    tcase_add_test(tcase, test_pages_that_are_swapped_or_old);
    tcase_add_test(tcase, test_truncated_files);
    tcase_add_test(tcase, test_last_page_beyond_the_file);
    tcase_add_test(tcase, test_files_of_other_programs);
    tcase_add_test(tcase, test_newer_file);
    tcase_add_test(tcase, test_newer_lmdb);
    tcase_add_test(tcase, test_record_with_a_wrong_checksum);
    suite_add_tcase(suite, tcase);
    return suite;
}
