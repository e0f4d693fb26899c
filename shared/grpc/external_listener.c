#define _GNU_SOURCE /* dladdr */

#include "shared/grpc/external_listener.h"

#include <assert.h>
#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The port, and the key of the argument in which C core stores its object. */
static char port_name[] = "external:comms";

/* ---- C core's object, as the C++ ABI of Itanium lays it out (gcc and clang) -------------------
 */

/* Of a class with one base class: __cxxabiv1::__si_class_type_info. */
struct type_info {
    const void *functions;
    const char *name;
    const struct type_info *base;
};

/* The table of virtual functions of grpc_core::TcpServerFdHandler, iomgr/tcp_server.h. */
struct virtual_functions {
    const struct type_info *type;
    void (*destroy)(struct external_handler *handler);
    void (*destroy_and_free)(struct external_handler *handler);
    void (*handle)(struct external_handler *handler, int listening, int descriptor,
                   grpc_byte_buffer *read_already);
};

/* An object begins with a pointer to the first of its functions. */
struct external_handler {
    const void *first_function;
};

/* The class of the object, in the file tcp_server_posix.cc of C core. */
static const char class_name[] = "N12_GLOBAL__N_125ExternalConnectionHandlerE";

/* Its base class; NULL where libgrpc has no such symbol. */
extern const struct type_info base_class __asm__("_ZTIN9grpc_core18TcpServerFdHandlerE")
    __attribute__((weak));

/* ---------------------------------------------------------------------------------------------- */

static void *keep(void *pointer)
{
    return pointer;
}

static void let_go(void *pointer)
{
    (void)pointer;
}

static int compare(void *one, void *other)
{
    return ((uintptr_t)one > (uintptr_t)other) - ((uintptr_t)one < (uintptr_t)other);
}

grpc_arg external_listener_argument(struct external_listener *listener)
{
    static const grpc_arg_pointer_vtable plain_pointer = {keep, let_go, compare};
    return (grpc_arg){.type = GRPC_ARG_POINTER,
                      .key = port_name,
                      .value.pointer = {.p = &listener->handler, .vtable = &plain_pointer}};
}

/* Whether an address is inside libgrpc. */
static bool is_in_core(const void *address)
{
    Dl_info info;
    return address != NULL && dladdr(address, &info) != 0 && info.dli_fname != NULL &&
           strstr(info.dli_fname, "libgrpc.so") != NULL;
}

/* C++ marks the name of a class that only one file knows by a star. */
static bool has_class(const struct type_info *type)
{
    return strcmp(type->name + (type->name[0] == '*'), class_name) == 0;
}

const char *external_listener_check(struct external_listener *listener)
{
    if (listener->handler == NULL) {
        return "C core made no external port";
    }
    const char *first = listener->handler->first_function;
    if (!is_in_core(first)) {
        return "the external port has functions outside of libgrpc";
    }
    const struct virtual_functions *functions =
        (const void *)(first - offsetof(struct virtual_functions, destroy));
    if (&base_class == NULL || !is_in_core(functions->type) || !has_class(functions->type) ||
        functions->type->base != &base_class) {
        return "the external port is of an unknown class";
    }
    const void *handle; /* C has no cast from a function */
    static_assert(sizeof handle == sizeof functions->handle, "POSIX has one kind of pointers");
    memcpy(&handle, &functions->handle, sizeof handle);
    if (!is_in_core(handle)) {
        return "the external port takes no sockets";
    }
    listener->handle = functions->handle;
    return NULL;
}

const char *external_listener_open(struct external_listener *listener, grpc_server *server,
                                   grpc_server_credentials *credentials)
{
    /* It returns 0 whether it fails or not. */
    (void)grpc_server_add_http2_port(server, port_name, credentials);
    return external_listener_check(listener);
}

void external_listener_give(const struct external_listener *listener, int descriptor)
{
    const int no_listening_socket = -1;
    listener->handle(listener->handler, no_listening_socket, descriptor, NULL);
}
