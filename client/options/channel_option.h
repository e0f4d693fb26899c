/*
 * The options that say how the server is reached, and what each call tells it: --host, --port, -4,
 * -6, --load-balancing, --header, --authority, --user-agent. For the main thread.
 */
#ifndef COMMS_CLIENT_OPTIONS_CHANNEL_OPTION_H
#define COMMS_CLIENT_OPTIONS_CHANNEL_OPTION_H

#include "client/options/option_rows.h"

/* The policies of --load-balancing; ends with NULL. */
extern const char *const channel_option_policies[];

/* Each returns NULL, or a static text that says what would be right. */
const char *channel_option_check_authority(const char *text);
const char *channel_option_check_user_agent(const char *text);

/*
 * Reads --host, --port and the options beside them into options->plan, which also gets the target,
 * TLS and the headers. One line on stderr says what is wrong; the plan has to be cleaned up all the
 * same.
 */
enum options_result channel_option_read(struct client_options *options);

#endif
