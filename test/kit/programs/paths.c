#include "test/kit/programs/paths.h"

#include <stdlib.h>

static const char *path_from(const char *variable, const char *fallback)
{
    const char *path = getenv(variable);
    return path != NULL && *path != '\0' ? path : fallback;
}

const char *programs_server_path(void)
{
    return path_from("COMMS_SERVER", "build/comms-server");
}

const char *programs_client_path(void)
{
    return path_from("COMMS_CLIENT", "build/comms-client");
}

const char *programs_python_path(void)
{
    return path_from("COMMS_PYTHON", "/usr/bin/python3");
}

const char *programs_nginx_path(void)
{
    return path_from("COMMS_NGINX", "/usr/sbin/nginx");
}

const char *programs_haproxy_path(void)
{
    return path_from("COMMS_HAPROXY", "/usr/sbin/haproxy");
}

const char *programs_etcd_path(void)
{
    return path_from("COMMS_ETCD", "/usr/bin/etcd");
}

const char *programs_promtool_path(void)
{
    return path_from("COMMS_PROMTOOL", "/usr/bin/promtool");
}

const char *programs_browser_path(void)
{
    return path_from("COMMS_BROWSER", "/usr/bin/chromium-headless-shell");
}

const char *programs_node_path(void)
{
    return path_from("COMMS_NODE", "/usr/bin/node");
}

const char *programs_shimmed_folder(void)
{
    return path_from("COMMS_SHIMMED", "build/shimmed");
}
