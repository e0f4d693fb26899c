#include "test/kit/words.h"

#include <check.h>

#include <stddef.h>
#include <stdio.h>
#include <string.h>

void words_split(struct words *words, const char *program, const char *text)
{
    int length = snprintf(words->text, sizeof words->text, "%s %s", program, text);
    ck_assert_int_lt(length, WORDS_SIZE);
    words->argc = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words->text, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest)) {
        ck_assert_int_lt(words->argc, WORDS_MAX);
        words->argv[words->argc++] = word;
    }
    words->argv[words->argc] = NULL;
}
