#include "client/measure/break_notes.h"

#include <string.h>

static bool are_alike(const struct break_note *a, const struct break_note *b)
{
    return a->kind.cause == b->kind.cause && a->kind.code == b->kind.code &&
           a->had_lived == b->had_lived && strcmp(a->address, b->address) == 0;
}

void break_notes_add(struct break_notes *notes, const struct break_note *note)
{
    for (size_t i = 0; i < notes->count; i++) {
        struct break_note *row = &notes->rows[i];
        if (are_alike(row, note)) {
            row->count += note->count;
            row->at_ns = note->at_ns < row->at_ns ? note->at_ns : row->at_ns;
            return;
        }
    }
    if (notes->count < BREAK_NOTES) {
        notes->rows[notes->count++] = *note;
    } else {
        notes->others += note->count;
    }
}

void break_notes_merge(struct break_notes *notes, const struct break_notes *from)
{
    for (size_t i = 0; i < from->count; i++) {
        break_notes_add(notes, &from->rows[i]);
    }
    notes->others += from->others;
}
