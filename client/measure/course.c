#include "client/measure/course.h"

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

static void halve(struct course *course)
{
    for (size_t i = 0; i < COURSE_POINTS / 2; i++) {
        course->points[i] = join(&course->points[2 * i], &course->points[2 * i + 1]);
    }
    course->count = COURSE_POINTS / 2;
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
        halve(course);
    }
    course->points[course->count++] = *point;
}
