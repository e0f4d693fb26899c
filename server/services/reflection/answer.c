#include "server/services/reflection/answer.h"

#include "grpc/reflection/v1/reflection.pb-c.h"
#include "server/services/reflection/descriptors.h"
#include "server/services/service.h"
#include "shared/protocol/error.h"

#include <stdlib.h>
#include <string.h>

typedef Grpc__Reflection__V1__ServerReflectionRequest request;
typedef Grpc__Reflection__V1__ServerReflectionResponse response;

/* The parts of a reply; they live until it is packed. */
struct answer {
    response reply;
    Grpc__Reflection__V1__FileDescriptorResponse file;
    ProtobufCBinaryData file_bytes;
    Grpc__Reflection__V1__ListServiceResponse list;
    Grpc__Reflection__V1__ServiceResponse services[SERVICES_MAX];
    Grpc__Reflection__V1__ServiceResponse *service_pointers[SERVICES_MAX];
    char names[SERVICES_MAX][DESCRIPTOR_NAME_SIZE];
    Grpc__Reflection__V1__ExtensionNumberResponse extensions;
    Grpc__Reflection__V1__ErrorResponse error;
};

static struct descriptor_bytes text(const char *string)
{
    return (struct descriptor_bytes){.bytes = (const uint8_t *)string, .length = strlen(string)};
}

static void answer_error(struct answer *answer, enum status status, char *what)
{
    grpc__reflection__v1__error_response__init(&answer->error);
    answer->error.error_code = (int32_t)status;
    answer->error.error_message = what;
    answer->reply.error_response = &answer->error;
    answer->reply.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ERROR_RESPONSE;
}

/* The bytes are not changed: protobuf-c's structure has no const. */
static void answer_file(struct answer *answer, struct descriptor_bytes file)
{
    answer->file_bytes.len = file.length;
    memcpy(&answer->file_bytes.data, &file.bytes, sizeof file.bytes);
    grpc__reflection__v1__file_descriptor_response__init(&answer->file);
    answer->file.n_file_descriptor_proto = 1;
    answer->file.file_descriptor_proto = &answer->file_bytes;
    answer->reply.file_descriptor_response = &answer->file;
    answer->reply.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_FILE_DESCRIPTOR_RESPONSE;
}

static void answer_services(struct answer *answer)
{
    grpc__reflection__v1__list_service_response__init(&answer->list);
    while (
        answer->list.n_service < SERVICES_MAX &&
        descriptors_name_service(answer->list.n_service, answer->names[answer->list.n_service])) {
        const size_t i = answer->list.n_service++;
        grpc__reflection__v1__service_response__init(&answer->services[i]);
        answer->services[i].name = answer->names[i];
        answer->service_pointers[i] = &answer->services[i];
    }
    answer->list.service = answer->service_pointers;
    answer->reply.list_services_response = &answer->list;
    answer->reply.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_LIST_SERVICES_RESPONSE;
}

/* No message has extensions: proto3 has none. */
static void answer_extensions(struct answer *answer, char *type)
{
    struct descriptor_bytes file;
    static char missing[] = "no such type";
    if (!descriptors_find_symbol(text(type), &file)) {
        answer_error(answer, STATUS_NOT_FOUND, missing);
        return;
    }
    grpc__reflection__v1__extension_number_response__init(&answer->extensions);
    answer->extensions.base_type_name = type;
    answer->reply.all_extension_numbers_response = &answer->extensions;
    answer->reply.message_response_case =
        GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_ALL_EXTENSION_NUMBERS_RESPONSE;
}

/* False: the request asks nothing. */
static bool fill(struct answer *answer, const request *asked)
{
    static char no_file[] = "no such file";
    static char no_symbol[] = "no such symbol";
    static char no_extension[] = "no such extension";
    struct descriptor_bytes file;
    /* No enum: it has a value that only gives its width. */
    switch ((int)asked->message_request_case) {
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_BY_FILENAME:
        if (descriptors_find_file(text(asked->file_by_filename), &file)) {
            answer_file(answer, file);
        } else {
            answer_error(answer, STATUS_NOT_FOUND, no_file);
        }
        return true;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_SYMBOL:
        if (descriptors_find_symbol(text(asked->file_containing_symbol), &file)) {
            answer_file(answer, file);
        } else {
            answer_error(answer, STATUS_NOT_FOUND, no_symbol);
        }
        return true;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_FILE_CONTAINING_EXTENSION:
        answer_error(answer, STATUS_NOT_FOUND, no_extension);
        return true;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_ALL_EXTENSION_NUMBERS_OF_TYPE:
        answer_extensions(answer, asked->all_extension_numbers_of_type);
        return true;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_LIST_SERVICES:
        answer_services(answer);
        return true;
    case GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST__NOT_SET:
    default:
        return false;
    }
}

enum answer_result reflection_answer(const uint8_t *bytes, size_t length, uint8_t **ret_bytes,
                                     size_t *ret_length)
{
    request *asked = grpc__reflection__v1__server_reflection_request__unpack(NULL, length, bytes);
    if (asked == NULL) {
        return ANSWER_MALFORMED;
    }
    struct answer answer;
    grpc__reflection__v1__server_reflection_response__init(&answer.reply);
    answer.reply.valid_host = asked->host;
    answer.reply.original_request = asked;
    enum answer_result result = ANSWER_MALFORMED;
    if (fill(&answer, asked)) {
        *ret_length =
            grpc__reflection__v1__server_reflection_response__get_packed_size(&answer.reply);
        *ret_bytes = malloc(*ret_length);
        result = *ret_bytes == NULL ? ANSWER_NO_MEMORY : ANSWER_MADE;
    }
    if (result == ANSWER_MADE) {
        (void)grpc__reflection__v1__server_reflection_response__pack(&answer.reply, *ret_bytes);
    }
    grpc__reflection__v1__server_reflection_request__free_unpacked(asked, NULL);
    return result;
}
