/* The --tls options, and the files that they name. For the main thread. */
#ifndef COMMS_CLIENT_OPTIONS_TLS_OPTION_H
#define COMMS_CLIENT_OPTIONS_TLS_OPTION_H

#include "client/options/option_rows.h"

enum { TLS_OPTION_PROBLEM_SIZE = CERTIFICATE_REASON_SIZE + 64 };

/* The check of --tls-server-name. Returns NULL, or a static text that says what would be right. */
const char *tls_option_check_name(const char *text);

/*
 * Completes options->plan.tls for this target: reads the files, and checks that TLS can be spoken
 * with them. False: `problem` says what is wrong; the plan has to be cleaned up all the same.
 */
bool tls_option_complete(struct client_options *options, const struct target *target,
                         char problem[static TLS_OPTION_PROBLEM_SIZE]);

/*
 * Prints a warning on stderr for --insecure-skip-verify, and for each flaw of the files that does
 * not keep TLS from being tried. Not for --quiet to hold back.
 */
void tls_option_warn(const struct tls_plan *tls);

#endif
