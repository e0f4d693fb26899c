/* What this process writes to its stdout and stderr, caught. For one thread. */
#ifndef COMMS_TEST_KIT_CAPTURE_H
#define COMMS_TEST_KIT_CAPTURE_H

enum { CAPTURE_SIZE = 1 << 18 };

/* A descriptor (STDOUT_FILENO, STDERR_FILENO) leads into a temporary file for a while. */
struct capture {
    int descriptor;
    int saved;
    int file;
};

void capture_begin(struct capture *capture, int descriptor);

/* Leads it back and writes what came meanwhile as a string; a test fails where that is too long. */
void capture_end(struct capture *capture, char text[static CAPTURE_SIZE]);

#endif
