#include "client/verify/padding_fault.h"

#include "shared/protocol/padding.h"

bool padding_fault_begin(struct padding_fault *fault, uint32_t wanted, uint64_t length)
{
    *fault = (struct padding_fault){.wanted = wanted, .length = length};
    if (length == wanted) {
        return true;
    }
    fault->kind = PADDING_LENGTH;
    fault->at = (length < wanted ? length : wanted) + 1;
    return false;
}

bool padding_fault_find(struct padding_fault *fault, uint64_t number, size_t at,
                        const uint8_t *bytes, size_t length)
{
    const size_t right = padding_compare(number, at, bytes, length);
    if (right == length) {
        return true;
    }
    fault->kind = PADDING_BYTE;
    fault->at = at + right + 1;
    fault->expected = padding_of(number)[at + right];
    fault->received = bytes[right];
    return false;
}
