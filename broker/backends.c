#include "broker/backends.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/auth/endpoint.h"
#include "broker/store/firebase/firebase_store.h"
#include "broker/util/cleanup.h"
#include "broker/util/log.h"

typedef struct Backend Backend;
struct Backend {
    LIST_ENTRY(Backend) next;
    Backends *backends;
    char *key; /* what tells it from the others; "": the broker's own */
    TokenSource *tokens;
    FirebaseStore *store; /* NULL: the one of all apps */
    Registry *registry;
    unsigned num_guests;
    Timer linger;
};

LIST_HEAD(BackendList, Backend);

struct Backends {
    BackendsOptions options;
    char *database_url; /* NULL: a default one */
    char *project_id;
    Backend *own;
    struct BackendList list; /* of all */
    unsigned num;
};

struct Guest {
    Backend *backend;
    Member *member;
};

/* What an app says of its database. */
typedef struct Wish {
    const char *url;        /* NULL: none */
    const char *project_id; /* likewise */
    bool is_emulator;
    Credential *credential; /* owned; NULL: none came */
    char *problem;          /* owned; why it cannot be served */
    bool is_permanent;
} Wish;

/* -------------------------------------------------------------------------------------------------- URLs */

int backends_check_url(const char *url, bool *ret_is_emulator, const char **ret_why)
{
    const char *query = strchr(url, '?');
    Endpoint endpoint;

    if (endpoint_parse(url, &endpoint, ret_why) < 0)
        return -EINVAL;
    if (endpoint.has_path)
        *ret_why = "has a path";
    else if (query && (strncmp(query, "?ns=", 4) != 0 || strchr(query, '&')))
        *ret_why = "has another query than \"ns=NAME\"";
    else
        return *ret_is_emulator = !endpoint.is_https, 0;
    return -EINVAL;
}

/* Where an app may send what it has itself: it is the broker that connects, from its place in the network. */
static bool is_for_apps(const char *url)
{
    const char *why;
    Endpoint endpoint;

    return endpoint_parse(url, &endpoint, &why) == 0 &&
           (endpoint.is_loopback || endpoint_is_on_domain(&endpoint, "firebaseio.com") ||
            endpoint_is_on_domain(&endpoint, "firebasedatabase.app"));
}

static bool is_same_database(const char *url, const char *other)
{
    const char *query = strchr(url, '?');
    const char *other_query = strchr(other, '?');
    Endpoint endpoint, other_endpoint;
    const char *why;

    return endpoint_parse(url, &endpoint, &why) == 0 && endpoint_parse(other, &other_endpoint, &why) == 0 &&
           endpoint.is_https == other_endpoint.is_https && endpoint.port == other_endpoint.port &&
           strcmp(endpoint.host, other_endpoint.host) == 0 &&
           strcmp(query ? query : "", other_query ? other_query : "") == 0;
}

/* ---------------------------------------------------------------------------------------------- backends */

static Backend *backend_free(Backend *backend)
{
    if (!backend)
        return NULL;
    LIST_REMOVE(backend, next);
    backend->backends->num--;
    timer_unset(&backend->linger);
    backend->registry = registry_free(backend->registry);
    backend->store = firebase_store_free(backend->store);
    backend->tokens = token_source_free(backend->tokens);
    free(backend->key);
    free(backend);
    return NULL;
}

/* One of an app's is kept for a while after its last app has left. */
static void linger_if_idle(Backend *backend)
{
    Timers *timers = backend->backends->options.registry.timers;
    const Clock *clock = timers_clock(timers);

    if (backend->num_guests == 0 && backend != backend->backends->own)
        timer_set(timers, &backend->linger,
                  clock->monotonic_us(clock) + BACKENDS_LINGER_S * (uint64_t)US_PER_S);
}

/* What an app has left is sent without it. But with a key that is no good any more that will not be: it is
 * for the account's next key, as the outbox has it. */
static bool is_of_use(const Backend *backend)
{
    if (registry_is_settled(backend->registry))
        return false;
    return !registry_is_kept(backend->registry) || !token_source_is_refused(backend->tokens);
}

static void on_linger(void *context)
{
    Backend *backend = context;

    if (is_of_use(backend)) {
        linger_if_idle(backend);
        return;
    }
    log_info("backend_closed", "No app uses this database of its own any more: %s.",
             token_source_name(backend->tokens));
    (void)backend_free(backend);
}

static int open_registry(Backend *backend, Store *store, const char *project_id)
{
    RegistryOptions options = backend->backends->options.registry;

    options.store = store;
    if (!options.default_project_id)
        options.default_project_id = project_id;
    return registry_new(&options, &backend->registry);
}

/* Consumes @credential. @suffix: of the database's name in the outbox. */
static int open_firebase(Backend *backend, Credential *credential, const char *url, const char *project_id,
                         const char *suffix)
{
    const BackendsOptions *options = &backend->backends->options;
    const TokenSourceOptions tokens = {
        .http = options->http, .timers = options->registry.timers, .metrics = options->registry.metrics};
    FirebaseStoreOptions store = {
        .http = options->http,
        .outbox = options->outbox,
        .outbox_suffix = suffix,
        .timers = options->registry.timers,
        .metrics = options->registry.metrics,
        .url = url,
        .project_id = project_id,
    };
    int result = token_source_new(&tokens, credential, &backend->tokens);

    if (result < 0)
        return result;
    if (!url && !project_id && !token_source_can_tell_project(backend->tokens))
        return -EINVAL;
    store.tokens = backend->tokens;
    result = firebase_store_new(&store, &backend->store);
    return result == 0 ? open_registry(backend, firebase_store_interface(backend->store), project_id)
                       : result;
}

static int backend_new(Backends *backends, const char *key, Backend **ret)
{
    Backend *backend = calloc(1, sizeof *backend);

    if (!backend)
        return -ENOMEM;
    backend->backends = backends;
    backend->key = strdup(key);
    timer_init(&backend->linger, on_linger, backend);
    LIST_INSERT_HEAD(&backends->list, backend, next);
    backends->num++;
    if (!backend->key)
        return backend_free(backend), -ENOMEM;
    *ret = backend;
    return 0;
}

static Backend *find_backend(const Backends *backends, const char *key)
{
    Backend *backend;

    LIST_FOREACH(backend, &backends->list, next)
    {
        if (strcmp(backend->key, key) == 0)
            return backend;
    }
    return NULL;
}

/* Room for one more: whichever has no apps goes. False: there is none. */
static bool make_room(Backends *backends)
{
    Backend *backend;

    if (backends->num <= BACKENDS_NUM_MAX) /* and the broker's own */
        return true;
    LIST_FOREACH(backend, &backends->list, next)
    {
        if (backend->linger.timers && registry_is_kept(backend->registry)) {
            (void)backend_free(backend);
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------------------------------ what apps want
 */

static const char *flag_of(const Snapshot__Hello *hello, const char *name)
{
    for (size_t i = 0; i < hello->n_flags; i++) {
        if (strcmp(hello->flags[i]->name, name) == 0)
            return *hello->flags[i]->value ? hello->flags[i]->value : NULL;
    }
    return NULL;
}

static void refuse_wish(Wish *wish, bool is_permanent, char *problem)
{
    free(wish->problem);
    wish->problem = problem;
    wish->is_permanent = is_permanent;
}

static void wish_deinit(Wish *wish)
{
    wish->credential = credential_free(wish->credential);
    free(wish->problem);
}

static char *sentence(const char *what, const char *why)
{
    char *text;

    return asprintf(&text, "%s%s", what, why) < 0 ? NULL : text;
}

/* Its file and its URL, checked. 0, or -EINVAL with the problem in @wish. */
static int read_wish(const Snapshot__Hello *hello, int credentials_fd, Wish *wish)
{
    const char *why;
    char *problem = NULL;
    int result;

    wish->url = flag_of(hello, "firebase_db_url");
    wish->project_id = flag_of(hello, "project_id");
    if (wish->url && backends_check_url(wish->url, &wish->is_emulator, &why) < 0)
        return refuse_wish(wish, true, sentence("its firebase_db_url ", why)), -EINVAL;
    if (wish->url && !is_for_apps(wish->url))
        return refuse_wish(wish, true,
                           sentence("its firebase_db_url is neither of Firebase nor of this machine", "")),
               -EINVAL;
    if (credentials_fd < 0) {
        if (flag_of(hello, "service_account_json_file"))
            return refuse_wish(wish, false, sentence("its service account file did not come with it", "")),
                   -EINVAL;
        return 0;
    }
    result = credential_read_passed(credentials_fd, &wish->credential, &problem);
    if (result == -EINVAL)
        refuse_wish(wish, false, problem); /* somebody may mend the file */
    return result;
}

/* Its own backend, which may be there already. */
static int find_or_open(Backends *backends, Wish *wish, Backend **ret)
{
    AUTO_FREE char *key = NULL;
    Backend *backend;
    int result;

    if (wish->is_emulator) {
        wish->credential = credential_free(wish->credential);
        wish->credential = credential_new_fixed(BACKENDS_EMULATOR_TOKEN);
    }
    if (!wish->credential)
        return -ENOMEM;
    if (asprintf(&key, "%s %s %s", wish->url ? wish->url : "",
                 !wish->url && wish->project_id ? wish->project_id : "",
                 credential_identity(wish->credential)) < 0)
        return key = NULL, -ENOMEM;
    *ret = find_backend(backends, key);
    if (*ret)
        return 0;
    if (!make_room(backends))
        return refuse_wish(wish, false, sentence("too many apps have databases of their own", "")), -EBUSY;
    result = backend_new(backends, key, &backend);
    if (result < 0)
        return result;
    /* The identity alone: the same credentials after a restart find their results again. */
    result = open_firebase(backend, TAKE(wish->credential), wish->url, wish->project_id, key);
    if (result < 0) {
        (void)backend_free(backend);
        if (result == -EINVAL)
            refuse_wish(wish, true,
                        sentence("neither its flags nor its service account file name a project that has a "
                                 "default database",
                                 ""));
        return result;
    }
    log_info("backend_opened", "An app has a database of its own: %s, %s.",
             wish->url ? wish->url : "a default one of its project", token_source_name(backend->tokens));
    *ret = backend;
    return 0;
}

/* 0, or a negative errno; with -ENOMEM there is no problem in @wish. */
static int choose(Backends *backends, const Snapshot__Hello *hello, int credentials_fd, Wish *wish,
                  Backend **ret)
{
    int result;

    *ret = backends->own;
    if (backends->options.registry.store)
        return 0;
    result = read_wish(hello, credentials_fd, wish);
    if (result < 0)
        return result;
    if (!wish->credential && !wish->url)
        return 0;
    if (!wish->credential && backends->database_url && is_same_database(wish->url, backends->database_url))
        return 0;
    if (!wish->credential && !wish->is_emulator)
        return refuse_wish(
                   wish, true,
                   sentence("it names a database (firebase_db_url) without service_account_json_file; the "
                            "broker's credentials are for the broker's own",
                            "")),
               -EINVAL;
    return find_or_open(backends, wish, ret);
}

int backends_join(Backends *backends, const Snapshot__Hello *hello, int credentials_fd, uint32_t pid,
                  void *session, Guest **ret)
{
    AUTO_FREE Guest *guest = calloc(1, sizeof *guest);
    Wish wish = {0};
    int result = guest ? choose(backends, hello, credentials_fd, &wish, &guest->backend) : -ENOMEM;

    if (result < 0)
        backends->options.registry.link->refuse(
            session, wish.problem ? wish.problem : "the broker is out of memory", wish.is_permanent);
    wish_deinit(&wish);
    if (result < 0)
        return result;
    result = registry_join(guest->backend->registry, hello, pid, session, &guest->member);
    if (result < 0) {
        linger_if_idle(guest->backend);
        return result;
    }
    timer_unset(&guest->backend->linger);
    guest->backend->num_guests++;
    *ret = TAKE(guest);
    return 0;
}

void guest_handle(Guest *guest, Snapshot__StubMessage *message, size_t packet_bytes)
{
    member_handle(guest->member, message, packet_bytes);
}

Guest *guest_free(Guest *guest)
{
    Backend *backend;

    if (!guest)
        return NULL;
    backend = guest->backend;
    (void)member_free(guest->member);
    free(guest);
    backend->num_guests--;
    linger_if_idle(backend);
    return NULL;
}

/* -------------------------------------------------------------------------------------------------- life */

static int copy_texts(Backends *backends, const BackendsOptions *options)
{
    if (options->database_url)
        backends->database_url = strdup(options->database_url);
    if (options->project_id)
        backends->project_id = strdup(options->project_id);
    return !options->database_url == !backends->database_url && !options->project_id == !backends->project_id
               ? 0
               : -ENOMEM;
}

int backends_new(const BackendsOptions *options, Credential *credential, Backends **ret, const char **ret_why)
{
    Backends *backends = calloc(1, sizeof *backends);
    int result;

    if (!backends) {
        (void)credential_free(credential);
        return -ENOMEM;
    }
    backends->options = *options;
    LIST_INIT(&backends->list);
    result = copy_texts(backends, options);
    if (result == 0)
        result = backend_new(backends, "", &backends->own);
    if (result < 0)
        (void)credential_free(credential);
    else if (options->registry.store)
        result = open_registry(backends->own, options->registry.store, backends->project_id);
    else
        result = open_firebase(backends->own, credential, backends->database_url, backends->project_id, "");
    if (result < 0) {
        *ret_why = "the credentials name no project, and --project-id and --database-url are empty";
        if (options->project_id)
            *ret_why = "--project-id is no project that has a default database, and --database-url is empty";
        (void)backends_free(backends);
        return result;
    }
    *ret = backends;
    return 0;
}

Backends *backends_free(Backends *backends)
{
    if (!backends)
        return NULL;
    while (!LIST_EMPTY(&backends->list))
        (void)backend_free(LIST_FIRST(&backends->list));
    free(backends->database_url);
    free(backends->project_id);
    free(backends);
    return NULL;
}

const char *backends_problem(const Backends *backends)
{
    return backends->own->store ? firebase_store_problem(backends->own->store) : NULL;
}

void backends_refresh(Backends *backends)
{
    Metrics *metrics = backends->options.registry.metrics;
    const Backend *backend;
    HttpClientStats stats;
    int64_t num_reachable = 0;

    if (!backends->options.http)
        return;
    http_client_stats(backends->options.http, &stats);
    metrics_set(metrics, METRIC_DATABASE_CONNECTIONS, (int64_t)stats.num_connections);
    metrics_set(metrics, METRIC_DATABASE_BYTES_SENT, (int64_t)stats.bytes_sent);
    metrics_set(metrics, METRIC_DATABASE_BYTES_RECEIVED, (int64_t)stats.bytes_received);
    LIST_FOREACH(backend, &backends->list, next)
    num_reachable += firebase_store_is_reachable(backend->store);
    metrics_set(metrics, METRIC_DATABASES, backends->num);
    metrics_set(metrics, METRIC_DATABASE_REACHABLE, num_reachable);
}

/* For a database that is in trouble nobody waits: the outbox has it all. */
static bool is_done(const Backend *backend)
{
    if (registry_is_settled(backend->registry))
        return true;
    return backend->store && firebase_store_problem(backend->store) && registry_is_kept(backend->registry);
}

bool backends_is_done(const Backends *backends)
{
    const Backend *backend;

    LIST_FOREACH(backend, &backends->list, next)
    {
        if (!is_done(backend))
            return false;
    }
    return true;
}

void backends_retry_now(Backends *backends)
{
    Backend *backend;

    LIST_FOREACH(backend, &backends->list, next)
    registry_retry_now(backend->registry);
}
