/*
 * Shell scripts that run the programs in a folder of their own, for tests of where output goes. For
 * the test's own thread.
 */
#ifndef COMMS_TEST_E2E_OUTPUT_SCRIPT_H
#define COMMS_TEST_E2E_OUTPUT_SCRIPT_H

/* The fixture of each test: a stateless server at full speed, and the folder. */
void output_script_set_up(void);
void output_script_tear_down(void);

/*
 * Runs a script in the folder, which has a file `old` of the text "before"; `run` is a client of
 * the server. Its status must be this one, and what it says on stderr must have this text.
 */
void script_must_end(const char *script, int status, const char *said);

/* The file of the folder begins with this. */
void file_must_begin(const char *name, const char *wanted);

#endif
