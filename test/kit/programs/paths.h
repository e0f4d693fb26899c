/*
 * Where the programs are: what the variable says (COMMS_SERVER, COMMS_CLIENT, COMMS_PYTHON,
 * COMMS_NGINX, COMMS_HAPROXY, COMMS_ETCD, COMMS_PROMTOOL, COMMS_BROWSER, COMMS_NODE,
 * COMMS_SHIMMED), or else where `make` and Debian put them. The strings are static, or the
 * environment's.
 */
#ifndef COMMS_TEST_KIT_PROGRAMS_PATHS_H
#define COMMS_TEST_KIT_PROGRAMS_PATHS_H

const char *programs_server_path(void);
const char *programs_client_path(void);
const char *programs_python_path(void);
const char *programs_nginx_path(void);
const char *programs_haproxy_path(void);
const char *programs_etcd_path(void);
const char *programs_promtool_path(void);
const char *programs_browser_path(void);
const char *programs_node_path(void);

/* The folder of comms-server and comms-client with test/shims/failing_allocation.c in them, and of
 * wall-clock.so, disk.so and names.so. */
const char *programs_shimmed_folder(void);

#endif
