/* Texts that are parsed as commands. For the test's own thread. */
#ifndef COMMS_TEST_KIT_TRIED_COMMAND_H
#define COMMS_TEST_KIT_TRIED_COMMAND_H

#include "shared/protocol/command.h"

#define COMMAND_UUID_TEXT "a17417a0-aa39-40b5-8675-247713cc4908"

enum { COMMAND_MAX_N = 65535 };

/* Parses a copy of exactly that length, so that a sanitizer sees a read beyond it. */
enum error command_parse_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                               struct command *ret_command, struct failure *ret_failure);

/* The command that the text must be, with n up to COMMAND_MAX_N. */
struct command command_must_parse(enum mode mode, const char *text);

/*
 * The bytes must be refused by this error: its text comes first, then what was wrong and what is
 * expected, all printable; the command stays untouched.
 */
void command_must_refuse_bytes(enum mode mode, uint32_t max_n, const char *text, size_t length,
                               enum error expected, struct failure *ret_failure);

/* The same of a text, with n up to COMMAND_MAX_N. */
void command_must_refuse(enum mode mode, const char *text, enum error expected);

#endif
