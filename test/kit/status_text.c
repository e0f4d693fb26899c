#include "test/kit/status_text.h"

#include <check.h>

#include <stdio.h>

char *status_text_of(void (*put)(struct html *html, const struct snapshot *snapshot),
                     const struct snapshot *snapshot)
{
    char *text = NULL;
    size_t length;
    struct html html;
    FILE *file = open_memstream(&text, &length);
    ck_assert_ptr_nonnull(file);
    html_init(&html, file);
    put(&html, snapshot);
    ck_assert(html_finish(&html));
    ck_assert_int_eq(fclose(file), 0);
    return text;
}
