/*
 * A browser without a window (COMMS_BROWSER, else chromium-headless-shell), to see what becomes of
 * a page. For one thread.
 */
#ifndef COMMS_TEST_KIT_BROWSER_H
#define COMMS_TEST_KIT_BROWSER_H

#include "test/kit/programs.h"

/* A folder of its own, with its profile and the pages that it opens. */
struct browser {
    char folder[64];
};

/* The test fails where it cannot be made. */
void browser_init(struct browser *browser);
/* Removes the folder. */
void browser_cleanup(struct browser *browser);

/*
 * Opens a page of this text and width and waits until it is loaded and its scripts have run; the
 * test fails unless the browser ends with 0. The DOM is then the program's standard output. The
 * caller destroys the program.
 */
struct program *browser_open(struct browser *browser, const char *page, unsigned width);

/*
 * What the console said first, an error or something that the page was forbidden, or NULL. Valid
 * while the program is.
 */
const char *browser_complaint(const struct program *program);

#endif
