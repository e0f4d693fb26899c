/* A fault that the proxy makes on a connection: which one, and where. */
#ifndef COMMS_TEST_KIT_FAULT_PROXY_FAULT_H
#define COMMS_TEST_KIT_FAULT_PROXY_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_NONE,
    FAULT_CUT,        /* both sides get FIN */
    FAULT_RESET,      /* both sides get RST */
    FAULT_STALL,      /* nothing is forwarded any more, neither way; both sides stay open */
    FAULT_HALF_CLOSE, /* the client gets FIN; what it sends still passes */
    FAULT_CORRUPT,    /* the lowest bit of the amount's last byte is flipped; all else passes */
    /*
     * What the client sends is kept back, up to the end of its first message. On command that much
     * passes, and nothing else any more, neither way; the server's side stays open. Only on
     * command; unit and amount have no meaning.
     */
    FAULT_HOLD
};

enum fault_unit {
    FAULT_AFTER_BYTES,    /* right after that number of bytes; 0: at once */
    FAULT_AFTER_MESSAGES, /* right after the last byte of that message */
    FAULT_BEFORE_MESSAGE  /* when the first byte of that message comes, which does not pass */
};

struct fault {
    enum fault_kind kind;
    enum fault_unit unit;
    uint64_t amount;  /* bytes, or gRPC messages, from the server to the client */
    bool from_client; /* they are counted from the client to the server; not for FAULT_HOLD */
    int stall_ms;     /* FAULT_STALL: milliseconds until all flows on; 0: until the proxy ends */
    bool on_command;  /* at the place nothing flows until fault_proxy_strike, then it happens */
};

/* The fault's name on the command line and in the log: "cut", "half-close", … */
const char *fault_kind_name(enum fault_kind kind);

/* The kind of that name; FAULT_NONE for an unknown one. */
enum fault_kind fault_kind_parse(const char *name);

#endif
