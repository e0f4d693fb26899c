/* A browser without a window, which loads a page and runs its scripts. For one thread. */
#ifndef COMMS_TEST_KIT_BROWSER_H
#define COMMS_TEST_KIT_BROWSER_H

#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"

struct browser {
    char folder[SCRATCH_FOLDER_SIZE]; /* for its profile and the page */
};

/* Makes the folder, and removes it. */
void browser_init(struct browser *browser);
void browser_cleanup(struct browser *browser);

/*
 * Opens a page with this HTML in a window of this width (in pixels), and waits until the page is
 * loaded and its scripts have run; the test fails unless the browser ends with 0. The DOM is then
 * the program's standard output. The caller destroys the program.
 */
struct program *browser_open(struct browser *browser, const char *page, unsigned width);

/*
 * The first message of the page's console: an error, or something that the page was forbidden. NULL
 * where there is none. Valid as long as the program.
 */
const char *browser_complaint(const struct program *program);

#endif
