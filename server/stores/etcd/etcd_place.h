/* Opens the store that is shared through etcd, as --store etcd://… says, with its thread. For the
 * main thread. */
#ifndef COMMS_SERVER_STORES_ETCD_ETCD_PLACE_H
#define COMMS_SERVER_STORES_ETCD_ETCD_PLACE_H

#include "server/sessions/store.h"
#include "server/stores/stores.h"

/* What is wrong with what follows etcd:// or etcds://, as a static text; NULL: nothing. */
const char *etcd_place_check(const char *rest);

/* As store_open, without TLS and with it. etcd need not answer yet. */
struct store *etcd_place_open(const struct store_settings *settings, const char *rest,
                              struct sessions *sessions, char problem[static STORE_PROBLEM_SIZE]);
struct store *etcd_place_open_tls(const struct store_settings *settings, const char *rest,
                                  struct sessions *sessions,
                                  char problem[static STORE_PROBLEM_SIZE]);

#endif
