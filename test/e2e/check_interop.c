/*
 * Everybody's clients: comms-client, gRPC's Python and gRPC's JavaScript, each straight, through
 * nginx and through haproxy, whole and cut, plain and by TLS. All cells run at once, and a table
 * says how each went.
 */
#include "test/e2e/grpc_js.h"
#include "test/e2e/interop_matrix.h"
#include "test/suites.h"

#include <check.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_SIZE = 48,
    WORDS_MAX = CELLS * PARTS + 8,
    SCRIPT_PATIENCE_MS = 90000 /* on a busy machine */
};

/* A script with all parts of a peer. */
struct script_run {
    char words[WORDS_MAX][WORD_SIZE];
    const char *arguments[WORDS_MAX];
    size_t count;
};

static struct matrix matrix;

/* A message for the cell's own line of the table. */
__attribute__((format(printf, 3, 4))) static void set_outcome(struct part *part, bool is_right,
                                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(part->outcome, sizeof part->outcome, format, arguments);
    va_end(arguments);
    part->is_right = is_right;
}

/* ---- comms-client ---------------------------------------------------------------------------- */

static void start_client(const struct cell *cell, enum part_kind kind, struct part *part)
{
    char n[16];
    char ca[CERTIFICATES_PATH_SIZE];
    bool is_session = kind != PART_STATELESS;
    snprintf(n, sizeof n, "%d", INTEROP_N);
    certificates_path(&matrix.certificates, "ca.pem", ca);
    part->client = client_start(part->port, "-m", is_session ? "stateful" : "stateless",
                                "--numbers", n, cell->is_tls ? "--tls-ca" : NULL, ca, NULL);
}

/*
 * The client proves all numbers itself, says so by its status, and tells each break. It does not
 * half-close: so haproxy resets its stream after the status (CANCEL), and C core then drops what a
 * slow client has not read yet, which it resumes.
 */
static void judge_client(const struct cell *cell, struct part *part)
{
    int status = program_wait_exit(part->client);
    const char *errors = program_output(part->client, PROGRAM_STDERR);
    const char *place = errors;
    const char *first = output_next_line(&place, "connection lost (");
    const char *why =
        cell->is_cut && first != NULL ? output_next_line(&place, "connection lost (") : first;
    while (why != NULL && cell->way == WAY_HAPROXY && strncmp(why, "CANCELLED", 9) == 0) {
        why = output_next_line(&place, "connection lost (");
    }
    if (status != 0 || why != NULL || (cell->is_cut && first == NULL)) {
        set_outcome(part, false, "status %d: %.*s", status, (int)strcspn(errors, "\n"), errors);
    } else if (first == NULL) {
        set_outcome(part, true, "%d numbers", INTEROP_N);
    } else {
        set_outcome(part, true, "%d numbers, resumed after %.*s", INTEROP_N,
                    (int)strcspn(first, ":)"), first);
    }
    program_destroy(part->client);
    part->client = NULL;
}

/* ---- The scripts ----------------------------------------------------------------------------- */

static void add_word(struct script_run *run, const char *word)
{
    ck_assert_uint_lt(run->count, WORDS_MAX - 1);
    run->arguments[run->count++] = word;
}

static void add_part(struct script_run *run, size_t cell, size_t kind)
{
    const struct cell *of = &matrix.cells[cell];
    char *word = run->words[run->count];
    snprintf(word, WORD_SIZE, "%zu:%s:%s:%s:%u", cell * PARTS + kind,
             kind == PART_STATELESS ? "stateless" : "stateful", of->is_tls ? "tls" : "plain",
             of->is_cut ? "cut" : "whole", of->parts[kind].port);
    add_word(run, word);
}

/* Starts grpcio.py or grpc_js.js with all parts of this peer. */
static struct program *start_script(enum peer peer)
{
    static struct script_run run;
    char ca[CERTIFICATES_PATH_SIZE];
    char n[16];
    run.count = 0;
    snprintf(n, sizeof n, "%d", INTEROP_N);
    if (peer == PEER_GRPCIO) {
        add_word(&run, "-B");
        add_word(&run, "test/e2e/interop/grpcio.py");
    } else {
        add_word(&run, "test/e2e/interop/grpc_js.js");
    }
    add_word(&run, "--numbers");
    add_word(&run, n);
    add_word(&run, "--ca");
    add_word(&run, certificates_path(&matrix.certificates, "ca.pem", ca));
    for (size_t i = 0; i < CELLS; i++) {
        for (size_t k = 0; matrix.cells[i].peer == peer && k < matrix.cells[i].part_count; k++) {
            add_part(&run, i, k);
        }
    }
    run.arguments[run.count] = NULL;
    const struct program_spec spec = {.path = peer == PEER_GRPCIO ? programs_python_path()
                                                                  : programs_node_path(),
                                      .arguments = run.arguments};
    struct program *script = program_start_spec(&spec);
    program_set_patience(script, SCRIPT_PATIENCE_MS);
    return script;
}

/* Reads `ID ok …` and `ID not ok: …`. */
static void judge_line(const char *line)
{
    uint64_t id;
    if (!output_read_number(&line, &id) || id >= (uint64_t)CELLS * PARTS) {
        return;
    }
    struct part *part = &matrix.cells[id / PARTS].parts[id % PARTS];
    bool is_right = output_skip(&line, " ok ");
    line += !is_right && *line == ' ';
    set_outcome(part, is_right, "%.*s", (int)strcspn(line, "\n"), line);
}

/* What a script has said nothing of is not right. */
static void judge_script(struct program *script, enum peer peer)
{
    int status = program_wait_exit(script);
    for (const char *line = program_output(script, PROGRAM_STDOUT); *line != '\0';) {
        judge_line(line);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    for (size_t i = 0; i < CELLS; i++) {
        for (size_t k = 0; matrix.cells[i].peer == peer && k < matrix.cells[i].part_count; k++) {
            if (matrix.cells[i].parts[k].outcome[0] == '\0') {
                set_outcome(&matrix.cells[i].parts[k], false, "no word of it, status %d", status);
            }
        }
    }
    fputs(program_output(script, PROGRAM_STDERR), stdout);
    program_destroy(script);
}

/* ---- The table ------------------------------------------------------------------------------- */

/* Prints a line for the cell, and more for what went wrong; whether all was right. */
static bool print_cell(const struct cell *cell)
{
    bool is_right = true;
    for (size_t k = 0; k < cell->part_count; k++) {
        is_right = is_right && cell->parts[k].is_right;
    }
    printf("  %-8s%-16s%-7s%-7s", way_name(cell->way), peer_name(cell->peer),
           cell->is_cut ? "cut" : "whole", cell->is_tls ? "TLS" : "plain");
    if (cell->is_left_out) {
        printf("not run %s\n", grpc_js_missing);
        return true;
    }
    printf("%-8s%s\n", is_right ? "ok" : "FAILED", cell->parts[PART_SESSION].outcome);
    for (size_t k = 0; k < cell->part_count; k++) {
        if (!cell->parts[k].is_right) {
            printf("      %s: %s\n", part_name((enum part_kind)k), cell->parts[k].outcome);
        }
    }
    return is_right;
}

static unsigned print_table(void)
{
    unsigned wrong = 0;
    printf("  %-8s%-16s%-7s%-7s%-8s%s\n", "way", "client", "path", "wire", "result", "session");
    for (size_t i = 0; i < CELLS; i++) {
        wrong += !print_cell(&matrix.cells[i]);
    }
    fflush(stdout);
    return wrong;
}

/* ---- The test -------------------------------------------------------------------------------- */

START_TEST(each_client_gets_its_numbers_on_each_way)
{
    struct program *scripts[PEERS] = {NULL};
    bool has_grpc_js = grpc_js_is_there();
    scripts[PEER_GRPCIO] = start_script(PEER_GRPCIO);
    scripts[PEER_GRPC_JS] = has_grpc_js ? start_script(PEER_GRPC_JS) : NULL;
    for (size_t i = 0; i < CELLS; i++) {
        struct cell *cell = &matrix.cells[i];
        for (size_t k = 0; cell->peer == PEER_COMMS_CLIENT && k < cell->part_count; k++) {
            start_client(cell, (enum part_kind)k, &cell->parts[k]);
        }
    }
    for (size_t i = 0; i < CELLS; i++) {
        struct cell *cell = &matrix.cells[i];
        cell->is_left_out = cell->peer == PEER_GRPC_JS && !has_grpc_js;
        for (size_t k = 0; cell->peer == PEER_COMMS_CLIENT && k < cell->part_count; k++) {
            judge_client(cell, &cell->parts[k]);
        }
    }
    judge_script(scripts[PEER_GRPCIO], PEER_GRPCIO);
    if (has_grpc_js) {
        judge_script(scripts[PEER_GRPC_JS], PEER_GRPC_JS);
    }
    unsigned wrong = print_table();
    ck_assert_msg(wrong == 0, "%u of the %d cells above failed", wrong, CELLS);
}
END_TEST

static void set_up(void)
{
    proxies_set_up();
    matrix_start(&matrix);
}

static void tear_down(void)
{
    matrix_stop(&matrix);
    proxies_tear_down();
}

Suite *interop_suite(void)
{
    Suite *suite = suite_create("interop");
    TCase *tcase = tcase_create("interop");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, each_client_gets_its_numbers_on_each_way);
    return suite;
}
