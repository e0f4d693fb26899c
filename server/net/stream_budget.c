#include "server/net/stream_budget.h"

/* The generic cell rate algorithm: a token bucket in one word. */
bool stream_budget_waste(struct stream_budget *budget, int cost, int64_t now)
{
    int_fast64_t paid_at = atomic_load_explicit(&budget->waste_paid_at, memory_order_relaxed);
    int_fast64_t next;
    do {
        next = (paid_at > now ? paid_at : now) + cost * BUDGET_NS;
    } while (!atomic_compare_exchange_weak_explicit(&budget->waste_paid_at, &paid_at, next,
                                                    memory_order_relaxed, memory_order_relaxed));
    return next - now > BUDGET_MAX * BUDGET_NS && !atomic_exchange(&budget->is_cut, true);
}
