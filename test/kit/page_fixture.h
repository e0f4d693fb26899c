/*
 * What the tests of the report's page share: a result, the page that is made of it, and what must
 * be on it. For the test's own thread.
 */
#ifndef COMMS_TEST_KIT_PAGE_FIXTURE_H
#define COMMS_TEST_KIT_PAGE_FIXTURE_H

#include "client/measure/result.h"

#include <stddef.h>

extern struct plan page_plan;
extern struct result *page_result; /* a good one at first */
extern char *page;                 /* what was written last */

/* A test's checked fixture. */
void page_set_up(void);
void page_tear_down(void);

/* Writes the page of the result. */
void write_page(void);

/* The test fails unless this text is on the page, or unless it is not. */
void expect_on_page(const char *text);
void expect_not_on_page(const char *text);

/* How often this text is on the page. */
size_t count_on_page(const char *text);

/* The test fails unless every element that begins ends, in order; only `meta` has no end. */
void expect_balanced_page(void);

/* The test fails unless the page is what every page must be. */
void expect_sound_page(void);

/* Puts markup into every text of the result that comes from elsewhere. */
void make_page_hostile(void);

#endif
