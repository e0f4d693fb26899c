/*
 * The client's command line, read into a plan.
 *
 * option_rows has the table of options, which also makes the help. options checks the options
 * against each other and completes the plan, which the caller owns. For the main thread; there are
 * no locks.
 */
#ifndef COMMS_CLIENT_OPTIONS_OPTIONS_H
#define COMMS_CLIENT_OPTIONS_OPTIONS_H

#include "client/plan.h"
#include "shared/base/options.h"

enum { STREAMS_A_CONNECTION = 100 }; /* --connections auto: the lowest limit of common proxies */

/*
 * Reads the command line; prints the help, the version or what is wrong. Only OPTIONS_GO_ON fills
 * *ret_plan, which points into argv; the caller then calls plan_cleanup.
 */
enum options_result client_options_parse(int argc, char **argv, struct plan *ret_plan);

#endif
