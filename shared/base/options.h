/*
 * Reads command lines by a table of the program. The row of an option defines how its value is
 * parsed, its line of the help, and the error for a wrong value. For the main thread.
 */
#ifndef COMMS_SHARED_BASE_OPTIONS_H
#define COMMS_SHARED_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    EXIT_USAGE = 64, /* EX_USAGE of sysexits.h */
    EXIT_OUTPUT = 74 /* EX_IOERR: something could not be written */
};

enum option_kind {
    OPTION_HEADING,  /* no option: `help` is the title of the rows that follow */
    OPTION_FLAG,     /* bool, set to true */
    OPTION_NUMBER,   /* uint64_t from min to max */
    OPTION_DURATION, /* int64_t nanoseconds */
    OPTION_BYTES,    /* uint64_t bytes from min to max */
    OPTION_CHOICE,   /* size_t, the index in choices */
    OPTION_TEXT,     /* const char *, of argv or the environment */
    OPTION_TEXTS     /* struct texts: every use of the option adds one */
};

/* Texts in the order given; the array is freed with texts_cleanup. */
struct texts {
    const char **items;
    size_t count;
};

struct option_row {
    enum option_kind kind;
    const char *name;         /* without dashes; --name and -name are the same */
    char letter;              /* a short form, or 0 */
    const char *letter_value; /* the short form takes no value, but sets this one; NULL: it does */
    const char *argument;     /* the name of the value in the help */
    const char *help;
    uint64_t min;
    uint64_t max;
    const char *const *choices; /* ends with NULL */
    char other_letter;          /* another short form, as other programs have it, or 0 */
    bool in_seconds;            /* OPTION_DURATION: a number without a unit is seconds */
    /* OPTION_TEXT and OPTION_TEXTS: returns NULL, or a static text that says what the value must
     * be. NULL: any text is right that is not empty, and has no control character. */
    const char *(*check)(const char *text);
    size_t field; /* offset of the value in the structure that options_parse fills */
};

struct options {
    const char *program;
    const char *command; /* the word before these options, which has its own --help; or NULL */
    const struct options *commands; /* of the program: the options of its command; or NULL */
    const char *usage;              /* the words after the program's name */
    const char *description;        /* a paragraph of the help */
    const char
        *environment;    /* prefix: the option max-streams is also PREFIX_MAX_STREAMS; or NULL */
    size_t ignored_port; /* offset of a const char *: see options_parse */
    const char *ending;  /* the help's last paragraphs */
    const struct option_row *rows;
    size_t row_count;
    /* Writes the versions of the libraries for --version; NULL: none. */
    void (*describe_libraries)(char *text, size_t size);
};

enum options_result {
    OPTIONS_GO_ON,
    OPTIONS_DONE,       /* --help, --version or --completion was answered on stdout */
    OPTIONS_WRONG,      /* one line on stderr said why */
    OPTIONS_NOT_PRINTED /* the answer could not be written; one line on stderr said why */
};

/*
 * Reads the environment and the command line into the structure at `values`, which holds the
 * defaults; the command line wins. Every program has --help, --version and --completion. Words that
 * are no options move to the end of argv; *ret_operands is the index of the first one.
 *
 * A variable that is empty counts as unset. PREFIX_PORT=tcp://10.0.0.1:1337 is ignored, and its
 * value goes to `ignored_port`: Kubernetes, or docker with --link, sets it for a service named like
 * the prefix.
 */
enum options_result options_parse(const struct options *options, int argc, char **argv,
                                  void *values, int *ret_operands);

/* Prints what the rows are set to at `values`, as a command line would set it, an option a line.
 * Returns OPTIONS_DONE or OPTIONS_NOT_PRINTED. */
enum options_result options_print(const struct options *options, const void *values);

/* The exit status of a program that does not go on. */
int options_exit_status(enum options_result result);

/* Prints `PROGRAM: …` on stderr, as one line, and returns OPTIONS_WRONG. */
enum options_result options_complain(const struct options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void texts_cleanup(struct texts *texts);

#endif
