/*
 * The descriptions of the services that clients can call, as protoc wrote them at build time: a
 * google.protobuf.FileDescriptorProto of each .proto file. All is static. Every function may be
 * called from any thread.
 */
#ifndef COMMS_SERVER_SERVICES_REFLECTION_DESCRIPTORS_H
#define COMMS_SERVER_SERVICES_REFLECTION_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, or a text that ends with no NUL. */
struct descriptor_bytes {
    const uint8_t *bytes;
    size_t length;
};

/* The file of this name, such as "comms.proto". False: there is none. */
bool descriptors_find_file(struct descriptor_bytes name, struct descriptor_bytes *ret_file);

/*
 * The file that declares this message, enum, service or method, by its full name, such as
 * "grpc.Comms.GetNumbers". False: there is none.
 */
bool descriptors_find_symbol(struct descriptor_bytes name, struct descriptor_bytes *ret_file);

enum { DESCRIPTOR_NAME_SIZE = 96 };

/*
 * Writes the full name of service `index`, 0, 1, …, and a NUL. False: there are fewer.
 */
bool descriptors_name_service(size_t index, char name[static DESCRIPTOR_NAME_SIZE]);

#endif
