/*
 * What plots over time share: the scales, the grid and its labels. For the plots of this room, and
 * one thread.
 */
#ifndef COMMS_SHARED_PAGE_PLOT_AXES_H
#define COMMS_SHARED_PAGE_PLOT_AXES_H

#include "shared/page/html.h"

#include <stdbool.h>
#include <stdint.h>

/* Places in pixels from the top: the curves stand between these two, the rest below. */
enum { PLOT_TOP = 8, PLOT_DEPTH = 160, PLOT_BOTTOM = PLOT_TOP + PLOT_DEPTH };

/* The units of a curve, which is stretched to the plot's width and to PLOT_DEPTH. */
enum { PLOT_CURVE_WIDTH = 10000, PLOT_CURVE_HEIGHT = 1000 };

/* What the axes stand for. */
struct plot_axes {
    int64_t end_ns; /* the time at the right edge; it is 0 at the left one */
    double top;
    double step;             /* from one line of the grid to the next */
    int steps;               /* to the top */
    int strip;               /* pixels between the curves and the labels of the time */
    bool ends_now;           /* the labels say how long ago it was */
    const char *time_title;  /* of the time, below its labels; NULL: none */
    const char *value_title; /* of the height, left of its labels */
};

/* Axes with room for a value that is the highest. */
struct plot_axes plot_axes_for(double highest, int64_t end_ns, int strip, bool ends_now);

/* A time as a percentage of the width; and a time and a value as places of a curve. */
double plot_axes_percent(const struct plot_axes *axes, int64_t ns);
int plot_axes_x(const struct plot_axes *axes, int64_t ns);
int plot_axes_y(const struct plot_axes *axes, double value);

/* Begins the SVG with the beginning of its label, which is text of an attribute; the caller writes
 * the rest of it, and then calls plot_axes_put. */
void plot_axes_begin(struct html *html, const struct plot_axes *axes);

/* Ends the label, and draws the grid. */
void plot_axes_put(struct html *html, const struct plot_axes *axes);

/* Writes the title of a height, left of its labels, around this place in pixels from the top. */
void plot_axes_put_height_title(struct html *html, const char *title, int middle);

/* Begins the stretched space of the curves; "</svg>" ends it. */
void plot_axes_begin_curves(struct html *html);

/* Draws the place where the pointer shows the title of a stretch. */
void plot_axes_put_hit(struct html *html, const struct plot_axes *axes, int64_t begin_ns,
                       int64_t end_ns);

#endif
