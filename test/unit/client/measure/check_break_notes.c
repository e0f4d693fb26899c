/* client/measure/break_notes: breaks since the last look, by cause and address. */
#include "client/measure/break_notes.h"
#include "test/suites.h"

#include <stdio.h>

static struct break_notes notes;

static void empty(void)
{
    notes = (struct break_notes){.count = 0};
}

static struct break_note note_of(enum break_cause cause, bool had_lived, const char *address)
{
    struct break_note note = {.kind = {.cause = cause}, .had_lived = had_lived, .count = 1};
    snprintf(note.address, sizeof note.address, "%s", address);
    return note;
}

START_TEST(alike_ones_share_a_row)
{
    struct break_note note = note_of(BREAK_CLOSED, true, "10.0.0.1:443");
    note.at_ns = 7;
    break_notes_add(&notes, &note);
    note.at_ns = 5;
    break_notes_add(&notes, &note);
    note.at_ns = 9;
    break_notes_add(&notes, &note);
    ck_assert_uint_eq(notes.count, 1);
    ck_assert_uint_eq(notes.rows[0].count, 3);
    ck_assert_int_eq(notes.rows[0].at_ns, 5);
    const struct break_note others[] = {note_of(BREAK_RESET, true, "10.0.0.1:443"),
                                        note_of(BREAK_CLOSED, false, "10.0.0.1:443"),
                                        note_of(BREAK_CLOSED, true, "10.0.0.2:443")};
    for (size_t i = 0; i < 3; i++) {
        break_notes_add(&notes, &others[i]);
    }
    ck_assert_uint_eq(notes.count, 4);
}
END_TEST

START_TEST(those_without_a_row_are_counted)
{
    struct break_notes more = {.count = 0};
    for (int i = 0; i < BREAK_NOTES + 2; i++) {
        char address[32];
        snprintf(address, sizeof address, "10.0.0.%d:1", i);
        const struct break_note note = note_of(BREAK_CLOSED, true, address);
        break_notes_add(&more, &note);
    }
    break_notes_merge(&notes, &more);
    break_notes_merge(&notes, &more);
    ck_assert_uint_eq(notes.count, BREAK_NOTES);
    ck_assert_uint_eq(notes.rows[0].count, 2);
    ck_assert_uint_eq(notes.others, 4);
}
END_TEST

Suite *break_notes_suite(void)
{
    Suite *suite = suite_create("break-notes");
    TCase *tcase = tcase_create("break-notes");
    tcase_add_checked_fixture(tcase, empty, NULL);
    tcase_add_test(tcase, alike_ones_share_a_row);
    tcase_add_test(tcase, those_without_a_row_are_counted);
    suite_add_tcase(suite, tcase);
    return suite;
}
