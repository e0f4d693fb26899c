#include "client/run/runner_address.h"

#include "client/run/subscription_end.h"

void runner_note_address(struct runner *runner)
{
    const struct subscription *subscription = &runner->subscription;
    char peer[CONNECT_ADDRESS_SIZE];
    subscription_end_peer(subscription, peer);
    bool is_new = channel_is_first_use(subscription->channel, peer);
    address_table_note(&runner->group->tally->addresses, peer, is_new, &runner->addresses_seen);
}
