/**
 * services.c - what outlives components: Endpoints, Notifications, sessions; and handing them out.
 * Devices are in devices.c.
 *
 * All of it is made once, in init's memory. A component's Table gets children of these capabilities
 * at each start; they vanish with the Table.
 */
#include "servers/init/init.h"

#include <corm/kernel_calls.h>
#include "lib/base/string.h"
#include "sdk/ipc/invoke.h"

status_t mint(uint32_t source, uint32_t table, uint32_t index, uint32_t rights, uint64_t badge)
{
    return table_mint(INIT_SLOT_TABLE, source, table, index, rights, badge);
}

static void make(enum object_type type, uint32_t slot)
{
    must(untyped_retype(OWN_OBJECTS, type, 0, 0, INIT_SLOT_TABLE, slot), "making", "a service");
}

static void make_child(uint32_t source, uint32_t slot, uint32_t rights, uint64_t badge)
{
    must(mint(source, INIT_SLOT_TABLE, slot, rights, badge), "minting for", "a service");
}

static void create_own(void)
{
    make(OBJECT_ENDPOINT, OWN_FAULTS);
    make(OBJECT_NOTIFICATION, OWN_SIGNALS);
    make_child(OWN_SIGNALS, OWN_CONTROL, NOTIFICATION_RIGHT_SIGNAL, SIGNALS_CONTROL);
    make_child(OWN_SIGNALS, OWN_LOG_WAKE, NOTIFICATION_RIGHT_SIGNAL, SIGNALS_LOG);
    must(thread_bind_notification(INIT_SLOT_THREAD, OWN_SIGNALS), "binding signals to", "init");
}

static void create_for(const struct component *component)
{
    const uint32_t notification = part_slot(component, PART_NOTIFICATION);
    make(OBJECT_ENDPOINT, part_slot(component, PART_ENDPOINT));
    make(OBJECT_NOTIFICATION, notification);
    make_child(notification, part_slot(component, PART_PING), NOTIFICATION_RIGHT_SIGNAL,
               BIT(SIGNAL_PING));
    make_child(notification, part_slot(component, PART_STATUS), NOTIFICATION_RIGHT_SIGNAL,
               BIT(SIGNAL_STATUS));
    make_child(OWN_FAULTS, part_slot(component, PART_FAULT), ENDPOINT_RIGHT_CALL,
               component->index + 1);
}

/** Number the sessions at both their ends, in the manifest's order. */
static void number_sessions(struct init *init)
{
    uint32_t counts[MANIFEST_COMPONENTS_MAX] = {0};
    for (uint32_t i = 0; i < init->count_sessions; i++) {
        struct init_session *session = &init->sessions[i];
        const struct manifest_session *spec = session->spec;
        session->provider_index = counts[spec->provider]++;
        if (spec->client != MANIFEST_INIT)
            session->client_index = counts[spec->client]++;
    }
    for (uint32_t i = 0; i < init->count_components; i++)
        if (counts[i] > COMPONENT_SESSIONS_MAX)
            report_fatal("%s has %u sessions, more than it may have",
                         init->components[i].spec->name, counts[i]);
}

void services_create(struct init *init)
{
    create_own();
    for (uint32_t i = 0; i < init->count_components; i++)
        create_for(&init->components[i]);
    number_sessions(init);
    devices_create(init);
}

/** @component's end of @session, as client: it may call and signal the provider. */
static status_t grant_client(const struct init *init, const struct component *component,
                             const struct init_session *session, struct component_session *entry)
{
    const uint32_t table = part_slot(component, PART_TABLE);
    const struct component *peer = &init->components[session->spec->provider];
    const status_t status = mint(part_slot(peer, PART_ENDPOINT), table, entry->endpoint_slot,
                                 ENDPOINT_RIGHT_CALL, session->spec->badge);
    if (status != OK)
        return status;
    return mint(part_slot(peer, PART_NOTIFICATION), table, entry->signal_slot,
                NOTIFICATION_RIGHT_SIGNAL, BIT(SIGNAL_SESSION + session->provider_index));
}

/** @component's end of @session, as provider: it may signal the client, which may be init. */
static status_t grant_provider(const struct init *init, const struct component *component,
                               const struct init_session *session, struct component_session *entry)
{
    const uint32_t table = part_slot(component, PART_TABLE);
    entry->badge = session->spec->badge;
    entry->endpoint_slot = 0;
    if (session->spec->client == MANIFEST_INIT)
        return mint(OWN_LOG_WAKE, table, entry->signal_slot, NOTIFICATION_RIGHT_SIGNAL, 0);
    const struct component *peer = &init->components[session->spec->client];
    return mint(part_slot(peer, PART_NOTIFICATION), table, entry->signal_slot,
                NOTIFICATION_RIGHT_SIGNAL, BIT(SIGNAL_SESSION + session->client_index));
}

static status_t grant_session(const struct init *init, const struct component *component,
                              const struct init_session *session, struct component_info *info)
{
    const struct manifest_session *spec = session->spec;
    const bool is_client = spec->client == component->index;
    const uint32_t peer = is_client ? spec->provider : spec->client;
    const uint32_t index = info->count_sessions++;
    struct component_session *entry = &info->sessions[index];
    ASSERT(index == (is_client ? session->client_index : session->provider_index));
    memcpy(entry->service, spec->service, sizeof(entry->service));
    memcpy(entry->peer, peer == MANIFEST_INIT ? "init" : init->components[peer].spec->name,
           peer == MANIFEST_INIT ? sizeof("init") : sizeof(entry->peer));
    entry->role = is_client ? SESSION_CLIENT : SESSION_PROVIDER;
    entry->peer_index = peer;
    entry->endpoint_slot = SLOT_FIRST_GRANT + GRANTS_OF_SESSION * index;
    entry->signal_slot = entry->endpoint_slot + 1;
    if (is_client)
        return grant_client(init, component, session, entry);
    info->flags |= COMPONENT_SERVES;
    return grant_provider(init, component, session, entry);
}

status_t services_grant(struct init *init, const struct component *component,
                        struct component_info *info)
{
    status_t status = OK;
    for (uint32_t i = 0; i < init->count_sessions && status == OK; i++) {
        const struct manifest_session *spec = init->sessions[i].spec;
        if (spec->client == component->index || spec->provider == component->index)
            status = grant_session(init, component, &init->sessions[i], info);
    }
    if (status == OK)
        status = devices_grant(init, component, info);
    return status;
}

void wake(const struct component *component, enum part part)
{
    const status_t status = ipc_signal(part_slot(component, part));
    ASSERT(status == OK);
}

void services_wake(struct init *init)
{
    for (uint32_t i = 0; i < init->count_components; i++) {
        const struct component *component = &init->components[i];
        if (status_entry(init, component)->state == COMPONENT_RUNNING)
            wake(component, PART_STATUS);
    }
}
