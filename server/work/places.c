#include "server/work/places.h"

uint64_t places_of(enum service_places kind, uint64_t max_streams)
{
    switch (kind) {
    case SERVICE_PLACES_STREAMS:
        return max_streams;
    case SERVICE_PLACES_WATCHES: {
        const uint64_t watches = PLACES_WATCHES_MIN + max_streams / 4;
        return watches < PLACES_WATCHES_MAX ? watches : PLACES_WATCHES_MAX;
    }
    case SERVICE_PLACES_CHECKS:
    case SERVICE_PLACES_REFLECTION:
    case SERVICE_PLACES_KINDS:
        break;
    }
    return PLACES_SHORT;
}
