/*
 * The client's command line, read into a plan.
 *
 * option_rows has the table of options, from which the help is made, too; options checks them
 * against each other and completes the plan, which the caller owns. For the main thread; there are
 * no locks.
 */
#ifndef COMMS_CLIENT_OPTIONS_OPTIONS_H
#define COMMS_CLIENT_OPTIONS_OPTIONS_H

#include "client/plan.h"
#include "shared/base/options.h"

enum { STREAMS_A_CONNECTION = 100 }; /* --connections auto: what the usual proxies let through */

/*
 * Reads the command line, and says itself what is wrong with it. Only OPTIONS_GO_ON fills
 * *ret_plan, which points into argv and is freed by plan_cleanup.
 */
enum options_result client_options_parse(int argc, char **argv, struct plan *ret_plan);

#endif
