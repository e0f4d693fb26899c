#include "client/report/report_style.h"

#include <stddef.h>

/* Blue and orange, which all eyes tell apart; breaks differ from both in lightness too. */
#define LIGHT                                                                                      \
    "color-scheme:light;--page:#fdfdfc;--ink:#191d21;--minor:#59636d;--rule:#d9dde1;"              \
    "--grid:#e9ecee;--live:#0a63a8;--waiting:#c85a00;--break:#8e3a72;--proven:#0b6e4f;"            \
    "--violated:#b3261e;--failed:#8f5300;--tint:9%;"
#define DARK                                                                                       \
    "color-scheme:dark;--page:#14171a;--ink:#e7eaec;--minor:#9aa5af;--rule:#333a41;"               \
    "--grid:#262c32;--live:#5cb0f0;--waiting:#f5a04c;--break:#dd8fc0;--proven:#4cc795;"            \
    "--violated:#ff8a80;--failed:#f0b35a;--tint:14%;"

static const char *const rules[] = {
    ":root{" LIGHT "}",
    "@media (prefers-color-scheme:dark){:root{" DARK "}}",
    "*{box-sizing:border-box}",
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}",
    "body{margin:0;background:var(--page);color:var(--ink);line-height:1.5;"
    "font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,\"Helvetica Neue\",\"Noto Sans\","
    "\"Liberation Sans\",Arial,sans-serif;font-variant-numeric:tabular-nums;"
    "overflow-wrap:break-word}",
    "main,header,footer{max-width:68rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}",
    "header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 2rem;"
    "padding-top:1.5rem;color:var(--minor);font-size:.875rem}",
    "footer{padding-top:1rem;padding-bottom:3rem;color:var(--minor);font-size:.875rem}",
    "code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;"
    "font-size:.92em}",
    "small{display:block;font-size:.8rem;color:var(--minor);overflow-wrap:anywhere}",

    /* the verdict */
    ".verdict{display:grid;grid-template-columns:auto 1fr;align-items:center;"
    "gap:.25rem clamp(.9rem,3vw,1.75rem);margin:1rem 0 2.25rem;"
    "padding:clamp(1.1rem,3.5vw,2rem);border-radius:.5rem;border-left:.5rem solid var(--tone);"
    "background:color-mix(in srgb,var(--tone) var(--tint),var(--page))}",
    ".proven{--tone:var(--proven)}.violated{--tone:var(--violated)}.failed{--tone:var(--failed)}",
    ".verdict svg{width:clamp(3rem,11vw,5rem);height:auto;color:var(--tone)}",
    ".verdict h1{margin:0;color:var(--tone);text-transform:uppercase;letter-spacing:.03em;"
    "font-size:clamp(1.7rem,8.2vw,3.5rem);line-height:1.1;font-weight:750}",
    ".verdict p{margin:.35rem 0 0;grid-column:1/-1;font-size:1.0625rem}",
    "@media (min-width:40rem){.verdict svg{grid-row:1/3}.verdict p{grid-column:2}}",

    "section{margin:0 0 2.75rem}",
    "h2{margin:0 0 .8rem;padding-bottom:.4rem;border-bottom:1px solid var(--rule);"
    "font-size:1.1875rem;font-weight:650}",
    ".empty,.caption{color:var(--minor)}.caption{font-size:.875rem}",
    ".bad{color:var(--violated);font-weight:650}.good{color:var(--proven)}",
    ".notice{margin:0 0 2.25rem;padding:.8rem 1rem;border-left:.25rem solid var(--failed);"
    "background:color-mix(in srgb,var(--failed) var(--tint),var(--page))}",

    /* what was run */
    ".facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,22rem),1fr));"
    "gap:0 2.5rem;margin:0}",
    ".facts div{display:grid;grid-template-columns:8.5rem 1fr;gap:.75rem;padding:.32rem 0}",
    ".facts dt{color:var(--minor)}.facts dd{margin:0;overflow-wrap:anywhere}",

    /* key figures */
    ".figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(46%,13rem),1fr));"
    "gap:1.5rem 1.25rem;margin:0}",
    ".figures dt{color:var(--minor);font-size:.875rem}",
    ".figures dd{margin:0;font-size:clamp(1.3rem,5.4vw,1.75rem);line-height:1.25;"
    "font-weight:600;letter-spacing:-.01em}",
    ".figures .unit{font-size:.875rem;font-weight:400;letter-spacing:0;color:var(--minor)}",
    ".figures small{font-size:.875rem;font-weight:400;letter-spacing:0}",

    /* tables */
    ".scroll{overflow-x:auto;margin:0 0 .75rem}",
    ".scroll:focus-visible{outline:2px solid var(--live);outline-offset:2px}",
    "table{border-collapse:collapse;width:100%;font-size:.9375rem}",
    "th,td{padding:.45rem 1.4rem .45rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--grid)}",
    "th:last-child,td:last-child{padding-right:0}",
    "thead th{border-bottom-color:var(--rule);color:var(--minor);font-size:.8125rem;"
    "font-weight:500;white-space:nowrap;vertical-align:bottom}",
    "tbody th{font-weight:550;white-space:nowrap}",
    ".number{text-align:right;white-space:nowrap}.minor{color:var(--minor)}",
    ".reason{min-width:14rem;overflow-wrap:anywhere}",
    ".hinted>*{border-bottom:0;padding-bottom:.1rem}.hint{padding-top:0;color:var(--failed)}",
    "td small{white-space:nowrap}",
    ".hint::before{content:\"→ \"}",

    /* plots: the margin on the left is where the labels of the height stand */
    "figure{margin:0 0 1.75rem;container-type:inline-size}",
    "figcaption{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1.5rem;"
    "margin-bottom:.5rem}",
    "figcaption b{color:var(--ink);font-weight:600}figcaption "
    "span{color:var(--minor);font-size:.875rem}",
    ".pair{display:grid;gap:1rem 2.5rem}",
    "@media (min-width:56rem){.pair{grid-template-columns:1fr 1fr}}",
    ".key::before{content:\"\";display:inline-block;width:1.5em;margin:0 .4em 0 .9em;"
    "vertical-align:.25em;border-top:2px solid var(--live)}",
    ".key.dashed::before{border-top:2px dashed var(--waiting)}",
    ".plot{display:block;width:calc(100% - 4.6rem);margin-left:3.6rem;overflow:visible}",
    ".plot text{font-size:12px;fill:var(--minor)}",
    ".x{text-anchor:middle}.y{text-anchor:end}.before{text-anchor:end}.after{text-anchor:start}",
    "@container (max-width:27rem){.odd{display:none}}",
    ".grid{stroke:var(--grid)}.axis{stroke:var(--minor)}",
    ".grid,.axis,.mark{shape-rendering:crispEdges}",
    ".curves{overflow:visible;pointer-events:none}",
    ".curves path{fill:none;stroke-width:1.6;stroke-linejoin:round;"
    "vector-effect:non-scaling-stroke}",
    ".curves .live{stroke:var(--live)}",
    ".curves .waiting{stroke:var(--waiting);stroke-width:2;stroke-dasharray:5 3}",
    ".curves .area{fill:var(--live);fill-opacity:.12}",
    ".plot .breaks{fill:var(--break)}.band{fill:var(--break)}",
    ".break{fill:var(--break);stroke:var(--break);stroke-width:.75}",
    ".hit{fill:var(--ink);fill-opacity:0}.stretch:hover .hit{fill-opacity:.09}",
    ".bar{fill:var(--live);fill-opacity:.7;stroke:var(--page);stroke-width:.5}",
    ".bar:hover{fill-opacity:1}",
    ".mark{stroke:var(--waiting);pointer-events:none}",
    ".warmup{stroke:var(--minor);stroke-dasharray:3 3}",
    ".plot .note,.plot .breaks,.warmup{pointer-events:none}",
    ".plot .value{fill:var(--ink);font-weight:600}",
    ".plot .note{paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}",

    "@media print{:root{" LIGHT "--page:#fff}",
    "@page{margin:15mm}",
    "body{font-size:10pt}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}",
    "main,header,footer{max-width:none;padding-left:0;padding-right:0}",
    "figure,.verdict,.facts div,.figures div,.notice,tr{break-inside:avoid}",
    "h2,figcaption,thead{break-after:avoid}thead{display:table-header-group}",
    ".scroll{overflow:visible}table{font-size:8.5pt}th,td{padding-right:.6rem}",
    ".pair,.facts{grid-template-columns:1fr 1fr}.figures{grid-template-columns:repeat(4,1fr)}"
    "section{margin-bottom:1.5rem}}",
};

void report_style_put(struct html *html)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        html_put(html, "%s\n", rules[i]);
    }
}
