/* A command line for the code under test, out of one text. For one thread. */
#ifndef COMMS_TEST_KIT_WORDS_H
#define COMMS_TEST_KIT_WORDS_H

enum { WORDS_MAX = 96, WORDS_SIZE = 1 << 15 };

struct words {
    int argc;
    char *argv[WORDS_MAX + 1]; /* the program, its words, NULL */
    char text[WORDS_SIZE];
};

/* Splits `text` at its spaces. The test fails where there are too many words. */
void words_split(struct words *words, const char *program, const char *text);

#endif
