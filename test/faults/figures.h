/* What a trial measures, for whoever runs it. */
#ifndef COMMS_TEST_FAULTS_FIGURES_H
#define COMMS_TEST_FAULTS_FIGURES_H

#include <stdint.h>

/* Prints as printf does, at once: a test that fails prints nothing more. */
void figures_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Milliseconds on the monotonic clock. */
int64_t figures_now_ms(void);

#endif
