/*
 * Reads lines of the log as programs of others do, strictly. Shares nothing with
 * shared/base/log_sink. For any thread.
 */
#ifndef COMMS_TEST_KIT_LOG_LINES_H
#define COMMS_TEST_KIT_LOG_LINES_H

#include <jansson.h>
#include <stddef.h>

/*
 * Reads one line, without its newline, into an object with the fields in their order; to be freed
 * by json_decref. NULL: the line is not right; a key that is there twice is not, either. All values
 * of logfmt are strings.
 */
json_t *log_line_read_logfmt(const char *line, size_t length);
json_t *log_line_read_json(const char *line, size_t length);

#endif
