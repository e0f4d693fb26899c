#include "server/admin/status_page.h"

#include "server/admin/status_parts.h"
#include "server/admin/status_tables.h"
#include "shared/page/css.h"
#include "shared/page/html.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A line of the file each, made of it by the build. */
static const char *const style_lines[] = {
#include "server/admin/status.css.inc"
};
static const char *const script_lines[] = {
#include "server/admin/status.js.inc"
};

enum { HASH_SIZE = 64, POLICY_SIZE = 512 }; /* bytes; a hash is 44 characters of base64 */

struct status_page {
    const struct admin_sources *sources;
    struct sampler *sampler;
    char *style;
    char *script;
    char policy[POLICY_SIZE];
};

static void put_style(struct html *html)
{
    css_put_report(html);
    for (size_t i = 0; i < sizeof style_lines / sizeof *style_lines; i++) {
        html_put(html, "%s\n", style_lines[i]);
    }
}

static void put_script(struct html *html)
{
    for (size_t i = 0; i < sizeof script_lines / sizeof *script_lines; i++) {
        html_put(html, "%s\n", script_lines[i]);
    }
}

/* What `put` writes, on the heap; NULL if memory is missing. */
static char *text_of(void (*put)(struct html *html))
{
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    if (file == NULL) {
        return NULL;
    }
    struct html html;
    html_init(&html, file);
    put(&html);
    const bool is_whole = html_finish(&html);
    if (fclose(file) != 0 || !is_whole) {
        free(text);
        return NULL;
    }
    return text;
}

/* As a policy names it: the hash of what stands between the tags. */
static const char *hash(const char *text, char hash[static HASH_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    (void)crypto_hash_sha256(digest, (const unsigned char *)text, strlen(text));
    return sodium_bin2base64(hash, HASH_SIZE, digest, sizeof digest,
                             sodium_base64_VARIANT_ORIGINAL);
}

struct status_page *status_page_create(const struct admin_sources *sources, struct sampler *sampler)
{
    struct status_page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        return NULL;
    }
    page->sources = sources;
    page->sampler = sampler;
    page->style = text_of(put_style);
    page->script = text_of(put_script);
    if (page->style == NULL || page->script == NULL) {
        status_page_destroy(page);
        return NULL;
    }
    char style_hash[HASH_SIZE];
    char script_hash[HASH_SIZE];
    (void)snprintf(page->policy, sizeof page->policy,
                   "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
                   "connect-src 'self'; base-uri 'none'; form-action 'none'; "
                   "frame-ancestors 'none'",
                   hash(page->style, style_hash), hash(page->script, script_hash));
    return page;
}

void status_page_destroy(struct status_page *page)
{
    if (page != NULL) {
        free(page->style);
        free(page->script);
        free(page);
    }
}

const char *status_page_policy(const struct status_page *page)
{
    return page->policy;
}

/* ---- The page -------------------------------------------------------------------------------- */

static void put_now(struct html *html)
{
    struct tm utc;
    char text[sizeof "2026-11-23 18:37:12 UTC, with a year of ten digits"];
    const time_t now = time(NULL);
    if (gmtime_r(&now, &utc) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc) != 0) {
        html_put(html, "%s", text);
    }
}

static void put_head(struct html *html, const struct status_page *page,
                     const struct snapshot *snapshot)
{
    html_put(html,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"color-scheme\" content=\"light dark\">\n"
             "<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n"
             "<title>%s – comms-server</title>\n<style>%s</style>\n</head>\n<body>\n"
             "<header><span id=\"about\">comms-server " COMMS_VERSION ", %s, up ",
             status_word(snapshot), page->style, page->sources->mode);
    status_put_uptime(html, snapshot);
    html_put(html, "</span><span id=\"seen\">");
    put_now(html);
    html_put(html, "</span></header>\n<main>\n");
}

static void begin_section(struct html *html, const char *title)
{
    html_put(html, "<section>\n<h2>%s</h2>\n", title);
}

static void end_section(struct html *html)
{
    html_put(html, "</section>\n");
}

static void put_page(struct html *html, const struct status_page *page,
                     const struct snapshot *snapshot)
{
    put_head(html, page, snapshot);
    status_put_state(html, snapshot);
    begin_section(html, "Now");
    status_put_figures(html, snapshot);
    end_section(html);
    begin_section(html, "The last minutes");
    status_put_plots(html, snapshot);
    end_section(html);
    begin_section(html, "Refused, or ended with an error");
    status_put_refusals(html, snapshot);
    end_section(html);
    if (snapshot->sources->sessions != NULL) {
        begin_section(html, "Oldest sessions");
        status_put_oldest(html, snapshot);
        end_section(html);
    }
    begin_section(html, "The server");
    status_put_facts(html, snapshot);
    end_section(html);
    html_put(html,
             "</main>\n<footer>For programs: /metrics, /healthz, /readyz, /debug/channelz."
             "<noscript> Without scripts this page is loaded again every 10 s.</noscript>"
             "</footer>\n<script>%s</script>\n</body>\n</html>\n",
             page->script);
}

bool status_page_write(const struct status_page *page, FILE *file)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) {
        return false;
    }
    status_read(page->sources, page->sampler, snapshot);
    struct html html;
    html_init(&html, file);
    put_page(&html, page, snapshot);
    free(snapshot);
    return html_finish(&html);
}
