#include "client/measure/course.h"

#include <stdbool.h>
#include <stdlib.h>

/* The average of two points that follow each other, weighted by their lengths. */
static struct course_point join(const struct course_point *a, const struct course_point *b)
{
    double first = (double)(a->end_ns - a->begin_ns);
    double second = (double)(b->end_ns - b->begin_ns);
    double all = first + second;
    if (all <= 0) {
        return *b;
    }
    return (struct course_point){.begin_ns = a->begin_ns,
                                 .end_ns = b->end_ns,
                                 .live = (a->live * first + b->live * second) / all,
                                 .waiting = (a->waiting * first + b->waiting * second) / all};
}

/*
 * What is lost if two points become one: the squares of how far each gets from its counts, over its
 * time. It is little where the counts are nearly the same, or where one of the points is short;
 * much at the edge of an outage.
 */
static double join_loss(const struct course_point *a, const struct course_point *b)
{
    const double live = b->live - a->live;
    const double waiting = b->waiting - a->waiting;
    const double first = (double)(a->end_ns - a->begin_ns);
    const double second = (double)(b->end_ns - b->begin_ns);
    const double all = first + second;
    return all <= 0 ? 0 : (live * live + waiting * waiting) * first * second / all;
}

static int compare_losses(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;
    return first < second ? -1 : first > second ? 1 : 0;
}

/* The loss below which a quarter of all neighbours can be joined. */
static double small_loss(const struct course *course)
{
    double losses[COURSE_POINTS - 1];
    const size_t count = course->count - 1;
    for (size_t i = 0; i < count; i++) {
        losses[i] = join_loss(&course->points[i], &course->points[i + 1]);
    }
    qsort(losses, count, sizeof *losses, compare_losses);
    return losses[count / 4];
}

/* Joins the neighbours that are most alike: at least an eighth of the points is room then. */
static void make_room(struct course *course)
{
    const double small = small_loss(course);
    const struct course_point *points = course->points;
    size_t kept = 0;
    size_t i = 0;
    while (i < course->count) {
        const bool joins = i + 1 < course->count && join_loss(&points[i], &points[i + 1]) <= small;
        course->points[kept++] = joins ? join(&points[i], &points[i + 1]) : points[i];
        i += joins ? 2 : 1;
    }
    course->count = kept;
}

/* The counts are sums of whole streams; only averages were rounded. */
static int is_same(double a, double b)
{
    double difference = a - b;
    return difference < 1e-6 && difference > -1e-6;
}

void course_add(struct course *course, const struct course_point *point)
{
    struct course_point *last = course->count == 0 ? NULL : &course->points[course->count - 1];
    if (last != NULL && is_same(last->live, point->live) &&
        is_same(last->waiting, point->waiting)) {
        last->end_ns = point->end_ns;
        return;
    }
    if (course->count == COURSE_POINTS) {
        make_room(course);
    }
    course->points[course->count++] = *point;
}
