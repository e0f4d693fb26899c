/* Catches what this process writes to its stdout or stderr. For one thread. */
#ifndef COMMS_TEST_KIT_CAPTURE_H
#define COMMS_TEST_KIT_CAPTURE_H

enum { CAPTURE_SIZE = 1 << 18 };

/* Between begin and end the descriptor leads into a temporary file. */
struct capture {
    int descriptor;
    int saved; /* where the descriptor led before */
    int file;
};

/* `descriptor`: STDOUT_FILENO or STDERR_FILENO. */
void capture_begin(struct capture *capture, int descriptor);

/* Writes what came meanwhile, as a string; the test fails where that is too long. */
void capture_end(struct capture *capture, char text[static CAPTURE_SIZE]);

#endif
