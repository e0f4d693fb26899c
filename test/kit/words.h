/* A command line for the code under test, from words in a row. For one thread. */
#ifndef COMMS_TEST_KIT_WORDS_H
#define COMMS_TEST_KIT_WORDS_H

enum { WORDS_MAX = 24, WORDS_SIZE = 1024 };

struct words {
    int argc;
    char *argv[WORDS_MAX + 1]; /* the program, its words, NULL */
    char text[WORDS_SIZE];
};

/* Splits at spaces; no word has one. */
void words_split(struct words *words, const char *program, const char *text);

#endif
