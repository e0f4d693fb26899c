/* The server's command line. */
#ifndef COMMS_SERVER_OPTIONS_H
#define COMMS_SERVER_OPTIONS_H

#include "server/option_rows.h"
#include "shared/base/options.h"

/*
 * Fills *options from the environment and the command line. Prints the help, the version or what is
 * wrong. After OPTIONS_GO_ON the caller calls server_options_cleanup.
 */
enum options_result server_options_parse(struct server_options *options, int argc, char **argv);

/* Sets the log's level and format. Logs what was ignored. Before threads start that log. */
void server_options_set_log(const struct server_options *options);

void server_options_cleanup(struct server_options *options);

#endif
