#include <stdlib.h>

#include "broker/apps/app.h"
#include "broker/util/cleanup.h"

void wire_send(Member *member, const Snapshot__BrokerMessage *message)
{
    member->registry->options.link->send(member->session, message);
}

bool member_try_send(void *member, const Snapshot__BrokerMessage *message)
{
    const Member *self = member;

    return self->registry->options.link->try_send(self->session, message);
}

void wire_welcome(Member *member)
{
    Registry *registry = member->registry;
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__Welcome welcome = SNAPSHOT__WELCOME__INIT;
    Snapshot__QuotaLease lease = SNAPSHOT__QUOTA_LEASE__INIT;

    lease_begin_member(member, &lease);
    spend_begin_member(member, &lease);
    welcome.protocol_version = member->protocol_version;
    welcome.debuggee_id = (char *)member->app->id;
    welcome.limits = &member->app->limits;
    welcome.visibility = (Snapshot__Visibility *)(uintptr_t)visibility_wire(member->visibility);
    welcome.quota = &lease;
    welcome.broker_version = (char *)registry->options.broker_version;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME;
    message.welcome = &welcome;
    wire_send(member, &message);
}

void wire_acknowledge(Member *member, uint64_t sequence)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__Acknowledge acknowledge = SNAPSHOT__ACKNOWLEDGE__INIT;

    acknowledge.sequence = sequence;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_ACKNOWLEDGE;
    message.acknowledge = &acknowledge;
    wire_send(member, &message);
}

void wire_breakpoint_list(App *app, Member *member)
{
    Snapshot__BrokerMessage message = SNAPSHOT__BROKER_MESSAGE__INIT;
    Snapshot__BreakpointList list = SNAPSHOT__BREAKPOINT_LIST__INIT;
    AUTO_FREE char **ids = calloc(app->num_unfinished + 1, sizeof *ids);
    Breakpoint *breakpoint;

    if (!ids)
        return; /* the sessions keep what they have; the next list tells it */
    for (breakpoint = TAILQ_FIRST(&app->breakpoints); breakpoint; breakpoint = TAILQ_NEXT(breakpoint, next)) {
        if (breakpoint->phase == BREAKPOINT_ACTIVE)
            ids[list.n_ids++] = breakpoint->id;
    }
    list.ids = ids;
    message.message_case = SNAPSHOT__BROKER_MESSAGE__MESSAGE_BREAKPOINT_LIST;
    message.breakpoint_list = &list;
    if (member)
        wire_send(member, &message);
    else
        app_send(app, &message, NULL);
}
