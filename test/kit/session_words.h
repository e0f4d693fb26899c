/* Short words for scripts that tell the known session, truly or not. */
#ifndef COMMS_TEST_KIT_SESSION_WORDS_H
#define COMMS_TEST_KIT_SESSION_WORDS_H

#include "test/kit/known_session.h"
#include "test/kit/script_words.h"

/* The session: its uuid, its messages. */
#define UUID "a17417a0-aa39-40b5-8675-247713cc4908"
enum { N = KNOWN_N, CHECKSUM = KNOWN_CHECKSUM };
#define N1 NUMBER(3856042040)
#define N2 NUMBER(2229533162)
#define N3 NUMBER(2921788346)
#define N4 NUMBER(3326752945)
#define N5 NUMBER(1636162733)
#define N6 NUMBER(CHECKSUM)
/* The answers to CONTINUE at a position, and what follows. */
#define AFTER_0 NUMBER(0), NUMBER(0), N1, N2, N3, N4, N5, N6, OK
#define AFTER_1 NUMBER(1), NUMBER(17336), N2, N3, N4, N5, N6, OK
#define AFTER_2 NUMBER(2), NUMBER(58594), N3, N4, N5, N6, OK
#define AFTER_3 NUMBER(3), NUMBER(13788), N4, N5, N6, OK
#define AFTER_4 NUMBER(4), NUMBER(121357), N5, N6, OK
#define AFTER_5 NUMBER(5), NUMBER(CHECKSUM), N6, OK

#endif
