#include "shared/page/css.h"

#include <stddef.h>

/* A rule a line, made of shared/page/report.css by the build. */
static const char *const rules[] = {
#include "shared/page/report.css.inc"
};

void css_put_report(struct html *html)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        html_put(html, "%s\n", rules[i]);
    }
}
