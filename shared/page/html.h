/*
 * Writes HTML: markup, text that is escaped, numbers as people read them. For one thread.
 *
 * This room is what a page or a report is drawn with: html, css (the style sheet), plot,
 * plot_axes, plot_histogram and plot_recent (SVG), json, exposition (metrics), and format (numbers
 * for people). It takes plain data, and knows neither program. Whoever opens a file owns it. No
 * function uses a thread or a lock.
 */
#ifndef COMMS_SHARED_PAGE_HTML_H
#define COMMS_SHARED_PAGE_HTML_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A page that is being written. No call reports a failure: the page keeps the first one and writes
 * nothing after it, and html_finish reports it.
 */
struct html {
    FILE *file; /* not owned */
    int error;  /* the first error number, or 0 */
};

void html_init(struct html *html, FILE *file);

/* Flushes the file. False with errno set if anything failed since html_init. */
bool html_finish(struct html *html);

/* Writes markup as it is: no argument may come from outside of the program. */
void html_put(struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes text of any bytes, escaped for content and for quoted attributes. U+FFFD stands for what
 * is not UTF-8 and for control characters, except new lines and tabs.
 */
void html_put_text(struct html *html, const char *text);

/* "1,234,567" */
void html_put_count(struct html *html, uint64_t count);

/* "1,200 streams", "1 stream" */
void html_put_amount(struct html *html, uint64_t count, const char *noun);

/* "10,203", below 100 "12.3" */
void html_put_rate(struct html *html, double rate);

/* Nanoseconds: "250 ms" if that is exact, else three digits: "1.04 s"; from two minutes on
 * "3 min 20 s". */
void html_put_duration(struct html *html, int64_t ns);

/* "312 MiB" */
void html_put_bytes(struct html *html, uint64_t bytes);

#endif
