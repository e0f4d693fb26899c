/* A folder for a test's files, in /tmp. The test fails where that does not work. */
#ifndef COMMS_TEST_KIT_SCRATCH_FOLDER_H
#define COMMS_TEST_KIT_SCRATCH_FOLDER_H

enum { SCRATCH_FOLDER_SIZE = 64 };

/* Makes an empty folder, with a name that begins so, and writes its path. */
void scratch_folder_make(char path[static SCRATCH_FOLDER_SIZE], const char *name);

/* Removes a folder and all that is in it. */
void scratch_folder_remove(const char *path);

#endif
