#include "stub/native/link.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stub/native/address.h"
#include "stub/native/appearance.h"
#include "stub/native/backoff.h"
#include "stub/native/clock.h"
#include "stub/native/complain.h"
#include "stub/native/outgoing.h"
#include "stub/native/session.h"
#include "stub/native/wakeup.h"

#define BATCH_MESSAGES_MAX  16    /* handled in one turn, under one taking of the GIL */
#define JOIN_STEP_MS        100   /* how often a join looks whether the thread can still be woken */
#define PAUSE_MS            50    /* after the kernel had no memory for a packet */
#define FORK_STEP_US        50    /* how often fork() looks whether the thread can be ended */
#define FORK_STEPS_MAX      40    /* it may be waiting for the GIL, which the forking thread has */
#define SESSION_IS_SOUND_MS 10000 /* one that lasted this long resets the backoff */

/* Compiling a user's expression recurses in CPython's parser: as much stack as a main thread has. */
#define STACK_BYTES (8 * 1024 * 1024)

/* Whether the thread is to end. Who has asked may take it back as long as the thread has not accepted. */
typedef enum StopState { STOP_NONE, STOP_ASKED, STOP_ACCEPTED } StopState;

static struct {
    LinkOptions options;
    char *socket_path; /* owned */
    bool is_started;
    bool is_stopped; /* for good */
    bool is_refused; /* for good */

    pthread_mutex_t life; /* starting and ending the thread; never held together with the GIL */
    pthread_t thread;
    bool is_running;
    StopState stop;
    bool is_in_poll;
    bool is_in_app;
    bool is_abandoned;       /* a thread sleeps that cannot be woken; when it wakes it touches nothing */
    bool is_paused_for_fork; /* by before_fork() */
    pid_t pid;
    bool is_child; /* of the process with that pid; what was the parent's is forgotten already */

    Wakeup wakeup;
    Outgoing outgoing;

    /* The link thread's, or nobody's while it does not run. */
    Session session;
    Backoff backoff;
    uint64_t seeking_since_ms;
    uint64_t attempt_at_ms;
    uint64_t session_ordinal;
    uint64_t num_unknown_messages;
} self = {
    .life = PTHREAD_MUTEX_INITIALIZER,
    .wakeup = {{-1, 0, 0}, {-1, 0, 0}},
    .session = {.socket = {-1, 0, 0}},
};

static uint32_t random_bits(void)
{
    uint32_t bits;

    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != (ssize_t)sizeof(bits)) /* only at boot */
        bits = (uint32_t)clock_now_ms() * 2654435761u + (uint32_t)getpid();
    return bits;
}

bool link_is_stopping(void)
{
    return __atomic_load_n(&self.stop, __ATOMIC_SEQ_CST) != STOP_NONE ||
           __atomic_load_n(&self.is_abandoned, __ATOMIC_SEQ_CST);
}

/* Sleeps until @file (unless it is NULL) has an event, somebody wakes the thread, or @timeout_ms is over. */
static void wait_for(struct pollfd *file, int timeout_ms)
{
    struct pollfd files[2] = {{.fd = self.wakeup.readable.fd, .events = POLLIN}};

    if (file)
        files[1] = *file;
    __atomic_store_n(&self.is_in_poll, true, __ATOMIC_SEQ_CST);
    if (!link_is_stopping())
        (void)poll(files, file ? 2 : 1, timeout_ms);
    __atomic_store_n(&self.is_in_poll, false, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&self.is_abandoned, __ATOMIC_SEQ_CST))
        return;
    if (file)
        file->revents = files[1].revents;
    if (files[0].revents != 0 && !wakeup_clear(&self.wakeup)) {
        wakeup_deinit(&self.wakeup);
        (void)wakeup_init(
            &self.wakeup); /* on failure a later stop abandons the thread instead of waking it */
    }
}

/* ------------------------------------------------------------------------------------------------ sessions
 */

static void fail_attempt(void)
{
    self.attempt_at_ms = clock_now_ms() + backoff_next_ms(&self.backoff, random_bits());
}

static void end_session(int reason)
{
    if (reason == -EPROTO)
        complain_once(COMPLAINT_GARBAGE,
                      "the broker does not speak the protocol of this version; trying again");
    outgoing_close(&self.outgoing);
    session_close(&self.session);
    if (clock_now_ms() - self.session.since_ms >= SESSION_IS_SOUND_MS)
        backoff_reset(&self.backoff);
    self.seeking_since_ms = clock_now_ms();
    fail_attempt();
    self.options.disconnected(self.options.context, self.is_refused);
}

/* With a new connection in self.session. */
static int say_hello(void)
{
    int credentials_fd = -1;
    size_t len_bytes = 0;
    uint8_t *hello =
        self.options.make_hello(self.options.context, self.session_ordinal + 1, &len_bytes, &credentials_fd);
    int result;

    if (!hello)
        return -ENOMEM;
    result = session_send_hello(&self.session, hello, len_bytes, credentials_fd);
    if (credentials_fd >= 0)
        (void)close(credentials_fd);
    free(hello);
    if (result == 0)
        self.session_ordinal++;
    return result;
}

static void try_to_connect(const Address *address)
{
    Descriptor socket;
    int result = address_connect(address, &socket);

    if (result == 0) {
        self.session = (Session){.socket = socket, .since_ms = clock_now_ms()};
        result = say_hello();
        if (result != 0)
            session_close(&self.session);
    }
    if (result == -EPERM)
        complain_once(COMPLAINT_UNTRUSTED,
                      "another user's process listens at the broker's default socket; not trusted");
    if (result != 0)
        fail_attempt();
}

/* Waits until the next attempt is due or the socket has appeared since @appearance. */
static void await_attempt(const Address *address, const Appearance *appearance)
{
    while (!link_is_stopping()) {
        uint64_t now = clock_now_ms();
        uint32_t wait_ms = appearance_interval_ms(now - self.seeking_since_ms);

        if (now >= self.attempt_at_ms)
            return;
        if (wait_ms > self.attempt_at_ms - now)
            wait_ms = (uint32_t)(self.attempt_at_ms - now);
        wait_for(NULL, (int)wait_ms);
        if (!link_is_stopping() && appearance_has_changed(appearance, address)) {
            backoff_reset(&self.backoff);
            self.attempt_at_ms = 0;
            return;
        }
    }
}

static void seek_broker(void)
{
    Appearance appearance;
    Address address;

    if (self.is_refused) {
        wait_for(NULL, -1);
        return;
    }
    address_init(&address, self.socket_path);
    if (address.num_paths == 0)
        complain_once(COMPLAINT_PATH_TOO_LONG, "the path of the broker's socket is too long for a socket: %s",
                      self.socket_path ? self.socket_path : "");
    appearance_look(&appearance, &address);
    if (clock_now_ms() >= self.attempt_at_ms)
        try_to_connect(&address);
    if (self.session.socket.fd < 0)
        await_attempt(&address, &appearance);
}

/* A message that is of the session alone is handled here. Returns 0 for such, 1 if it is the agent's too, or
 * the negative errno with which the session ends. */
static int handle_session_message(const Snapshot__BrokerMessage *message)
{
    switch (message->message_case) {
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_REFUSED:
        self.is_refused |= message->refused->is_permanent;
        if (self.is_refused)
            complain_once(COMPLAINT_REFUSED, "the broker refused this process: %s", message->refused->reason);
        return -ECONNREFUSED;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_WELCOME:
        if (self.session.is_accepted)
            return -EPROTO;
        self.session.is_accepted = true;
        outgoing_open(&self.outgoing, &self.session.socket);
        return 1;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE__NOT_SET:
        (void)__atomic_add_fetch(&self.num_unknown_messages, 1, __ATOMIC_RELAXED);
        return 0;
    case SNAPSHOT__BROKER_MESSAGE__MESSAGE_SOURCE_FILES_REQUEST:
        return 1; /* comes before Welcome: the files say which app this is */
    default:
        break;
    }
    if (!self.session.is_accepted)
        return -EPROTO;
    if (message->message_case != SNAPSHOT__BROKER_MESSAGE__MESSAGE_ACKNOWLEDGE)
        return 1;
    outgoing_acknowledge(&self.outgoing, message->acknowledge->sequence);
    return 0;
}

/* Handles the packets that are there, a bounded number of them. Returns how many messages there were. */
static size_t receive(void)
{
    Snapshot__BrokerMessage *batch[BATCH_MESSAGES_MAX];
    size_t num_messages = 0;
    int result = 0;

    while (num_messages < BATCH_MESSAGES_MAX && result >= 0) {
        Snapshot__BrokerMessage *message;

        result = session_receive(&self.session, &message);
        if (result != 0)
            break;
        result = handle_session_message(message);
        if (result == 1)
            batch[num_messages++] = message;
        else
            snapshot__broker_message__free_unpacked(message, NULL);
    }
    if (num_messages > 0)
        self.options.messages(self.options.context, batch, num_messages);
    for (size_t i = 0; i < num_messages; i++)
        snapshot__broker_message__free_unpacked(batch[i], NULL);
    if (result < 0)
        end_session(result);
    return num_messages;
}

/* The broker does not take packets any more; what it said before that, a refusal perhaps, still counts. */
static void receive_last(int reason)
{
    while (self.session.socket.fd >= 0 && !link_is_stopping() && receive() > 0)
        ;
    if (self.session.socket.fd >= 0 && !link_is_stopping())
        end_session(reason);
}

/* One turn of a session's loop. */
static void serve(void)
{
    struct pollfd file = {.fd = self.session.socket.fd, .events = POLLIN};
    int timeout_ms = -1;

    if (self.session.is_accepted) {
        int result = outgoing_drain(&self.outgoing);

        if (result < 0) {
            receive_last(result);
            return;
        }
        timeout_ms = self.options.work(self.options.context, true);
        if (result == OUTGOING_MUST_WAIT)
            file.events |= POLLOUT;
        if (result == OUTGOING_MUST_PAUSE && (timeout_ms < 0 || timeout_ms > PAUSE_MS))
            timeout_ms = PAUSE_MS;
    } else {
        timeout_ms = self.options.work(self.options.context, false);
    }
    wait_for(&file, timeout_ms);
    if (!link_is_stopping() && (file.revents & ~POLLOUT) != 0)
        (void)receive();
}

static bool accepts_stop(void)
{
    StopState asked = STOP_ASKED;

    return __atomic_load_n(&self.is_abandoned, __ATOMIC_SEQ_CST) ||
           __atomic_compare_exchange_n(&self.stop, &asked, STOP_ACCEPTED, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

static void *run(void *unused)
{
    (void)unused;
    while (!accepts_stop()) {
        if (self.session.socket.fd < 0)
            seek_broker();
        else
            serve();
    }
    return NULL;
}

/* ------------------------------------------------------------------------------------------------- sending
 */

/* Holds the GIL. */
static bool is_sending_useful(void)
{
    return self.is_started && !__atomic_load_n(&self.is_stopped, __ATOMIC_RELAXED) &&
           !__atomic_load_n(&self.is_refused, __ATOMIC_RELAXED);
}

static int send_packet(OutgoingKind kind, const uint8_t *packet, size_t len_bytes)
{
    bool must_wake;
    int result;

    if (!is_sending_useful())
        return -ENOTCONN;
    result = outgoing_send(&self.outgoing, kind, packet, len_bytes, &must_wake);
    if (must_wake)
        link_wake();
    return result;
}

int link_send(const uint8_t *packet, size_t len_bytes)
{
    return send_packet(OUTGOING_STATE, packet, len_bytes);
}

int link_send_log_entry(const uint8_t *packet, size_t len_bytes)
{
    return send_packet(OUTGOING_LOG_ENTRY, packet, len_bytes);
}

int link_send_capture(const uint8_t *packet, size_t len_bytes, uint64_t sequence)
{
    bool must_wake;
    int result;

    if (!is_sending_useful())
        return -ENOTCONN;
    result = outgoing_send_capture(&self.outgoing, packet, len_bytes, sequence, &must_wake);
    if (must_wake)
        link_wake();
    return result;
}

int link_send_from_thread(const uint8_t *packet, size_t len_bytes)
{
    while (!link_is_stopping()) {
        struct pollfd file = {.fd = self.session.socket.fd, .events = POLLOUT};

        if (!descriptor_is_ours(&self.session.socket))
            return -EBADF;
        if (send(file.fd, packet, len_bytes, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        wait_for(&file, -1);
        if (file.revents & (POLLERR | POLLHUP | POLLNVAL))
            return -EPIPE;
    }
    return -ECANCELED;
}

void link_enter_app(void)
{
    __atomic_store_n(&self.is_in_app, true, __ATOMIC_SEQ_CST);
}

void link_leave_app(void)
{
    __atomic_store_n(&self.is_in_app, false, __ATOMIC_SEQ_CST);
}

void link_wake(void)
{
    (void)wakeup_send(&self.wakeup);
}

void link_counters(LinkCounters *ret_counters)
{
    ret_counters->num_packets_dropped = __atomic_load_n(&self.outgoing.num_dropped, __ATOMIC_RELAXED);
    ret_counters->num_packets_too_large = __atomic_load_n(&self.outgoing.num_too_large, __ATOMIC_RELAXED);
    ret_counters->num_unknown_messages = __atomic_load_n(&self.num_unknown_messages, __ATOMIC_RELAXED);
}

/* ------------------------------------------------------------------------------------- the thread's life */

/* The app's signals are the app's threads' to handle. */
static int create_thread(void)
{
    pthread_attr_t attributes;
    sigset_t all, previous;
    int result;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &previous);
    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
    result = -pthread_create(&self.thread, &attributes, run, NULL);
    (void)pthread_attr_destroy(&attributes);
    (void)pthread_sigmask(SIG_SETMASK, &previous, NULL);
    if (result == 0)
        (void)pthread_setname_np(self.thread, "snapshot-link");
    return result;
}

/* Holds `life`. */
static int begin_thread(uint32_t delay_ms)
{
    int result;

    if (self.wakeup.readable.fd < 0) {
        result = wakeup_init(&self.wakeup);
        if (result != 0)
            return result;
    }
    self.pid = getpid();
    self.is_child = false;
    if (self.seeking_since_ms == 0)
        self.seeking_since_ms = clock_now_ms();
    if (self.session.socket.fd < 0 && delay_ms > 0)
        self.attempt_at_ms = clock_now_ms() + delay_ms;
    __atomic_store_n(&self.stop, STOP_NONE, __ATOMIC_RELEASE);
    result = create_thread();
    self.is_running = result == 0;
    if (result != 0)
        complain_once(COMPLAINT_NO_THREAD, "no thread for the broker's session: %s", strerror(-result));
    return result;
}

static void ask_to_stop(void)
{
    StopState none = STOP_NONE;

    (void)__atomic_compare_exchange_n(&self.stop, &none, STOP_ASKED, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
}

/* False: it is too late, the thread ends. Otherwise it may have left work undone, to which it is woken. */
static bool take_back_stop(void)
{
    StopState asked = STOP_ASKED;
    bool is_taken_back =
        __atomic_compare_exchange_n(&self.stop, &asked, STOP_NONE, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);

    if (is_taken_back)
        link_wake();
    return is_taken_back;
}

static bool join_for(int ms)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += ms * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return pthread_timedjoin_np(self.thread, NULL, &until) != ETIMEDOUT;
}

static void abandon_thread(void)
{
    __atomic_store_n(&self.is_abandoned, true, __ATOMIC_SEQ_CST);
    (void)pthread_detach(self.thread);
    self.is_running = false;
}

/* Joins the thread, which is_running tells. Holds `life`. A thread that sleeps and cannot be woken, because
 * the app has closed its descriptors, is left asleep: it has no use for Python any more, so it harms nobody.
 * One that stays in code of the app is left running. */
static void end_thread(void)
{
    int in_app_ms = 0;

    ask_to_stop();
    for (;;) {
        bool is_woken = wakeup_send(&self.wakeup);

        if (join_for(JOIN_STEP_MS))
            break;
        if (!is_woken && __atomic_load_n(&self.is_in_poll, __ATOMIC_SEQ_CST)) {
            abandon_thread();
            return;
        }
        in_app_ms = __atomic_load_n(&self.is_in_app, __ATOMIC_SEQ_CST) ? in_app_ms + JOIN_STEP_MS : 0;
        if (in_app_ms >= LINK_APP_WAIT_MS && take_back_stop())
            return;
    }
    self.is_running = false;
}

/* Ends the thread as soon as it sleeps. Holds `life`; may hold the GIL, so what the thread does under it
 * cannot be waited for. */
static bool try_to_end_thread(int steps_max)
{
    const struct timespec step = {.tv_nsec = FORK_STEP_US * 1000};

    ask_to_stop();
    for (int i = 0; self.is_running; i++) {
        /* In this order: a thread that is in poll() now will look at `stop` before it does anything. */
        if (__atomic_load_n(&self.is_in_poll, __ATOMIC_SEQ_CST)) {
            end_thread();
            break;
        }
        if (pthread_tryjoin_np(self.thread, NULL) == 0)
            self.is_running = false;
        else if (i >= steps_max)
            break;
        else
            (void)nanosleep(&step, NULL);
    }
    return !self.is_running;
}

/* Before any fork() that the C library is asked for. Where Python forks it has paused the link already (3.7
 * and later). Otherwise the thread is ended here if that can be done at once, so that the child does not get
 * what it was about to do half done; if it cannot, the child forgets it. */
static void before_fork(void)
{
    if (!self.is_started || link_is_inherited() || pthread_mutex_trylock(&self.life) != 0)
        return;
    if (self.is_running && !pthread_equal(pthread_self(), self.thread)) {
        self.is_paused_for_fork = try_to_end_thread(FORK_STEPS_MAX) || !take_back_stop();
        if (self.is_running && self.is_paused_for_fork)
            end_thread(); /* it has nothing more to do */
    }
    (void)pthread_mutex_unlock(&self.life);
}

static void after_fork_parent(void)
{
    if (__atomic_exchange_n(&self.is_paused_for_fork, false, __ATOMIC_ACQ_REL))
        (void)link_resume(0); /* it complains itself; the next fork tries again */
}

int link_start(const LinkOptions *options)
{
    int result;

    if (self.is_started)
        return -EALREADY;
    result = outgoing_init(&self.outgoing);
    if (result != 0)
        return result;
    self.options = *options;
    if (options->socket_path) {
        self.socket_path = strdup(options->socket_path);
        if (!self.socket_path) {
            outgoing_deinit(&self.outgoing);
            return -ENOMEM;
        }
        self.options.socket_path = self.socket_path;
    }
    /* Never undone: CPython does not unload a module. */
    result = -pthread_atfork(before_fork, after_fork_parent, link_after_fork_child);
    if (result != 0) {
        outgoing_deinit(&self.outgoing);
        free(self.socket_path);
        self.socket_path = NULL;
        return result;
    }
    self.is_started = true;
    return link_resume(0);
}

int link_resume(uint32_t delay_ms)
{
    int result = 0;

    if (self.pid != 0)
        link_after_fork_child(); /* of a fork that the C library did not see; otherwise done already */
    (void)pthread_mutex_lock(&self.life);
    if (self.is_started && !self.is_stopped && !self.is_running && !self.is_abandoned)
        result = begin_thread(delay_ms);
    (void)pthread_mutex_unlock(&self.life);
    return result;
}

void link_pause(void)
{
    (void)pthread_mutex_lock(&self.life);
    if (self.is_running && !pthread_equal(pthread_self(), self.thread))
        end_thread();
    (void)pthread_mutex_unlock(&self.life);
}

bool link_try_pause(void)
{
    bool is_paused;

    if (pthread_mutex_trylock(&self.life) != 0)
        return false;
    is_paused = try_to_end_thread(0);
    (void)pthread_mutex_unlock(&self.life);
    return is_paused;
}

void link_stop(void)
{
    link_pause();
    (void)pthread_mutex_lock(&self.life);
    if (self.is_running && !link_is_inherited() && !pthread_equal(pthread_self(), self.thread))
        abandon_thread(); /* the app's code has it */
    if (self.is_started && !self.is_running && !self.is_stopped && !link_is_inherited()) {
        __atomic_store_n(&self.is_stopped, true, __ATOMIC_RELEASE);
        if (!self.is_abandoned) {
            if (self.session.is_accepted)
                (void)outgoing_drain(&self.outgoing); /* without waiting */
            outgoing_close(&self.outgoing);
            session_close(&self.session);
            wakeup_deinit(&self.wakeup);
        }
    }
    (void)pthread_mutex_unlock(&self.life);
}

bool link_is_inherited(void)
{
    return self.pid != getpid();
}

void link_after_fork_child(void)
{
    if (!self.is_started || self.is_child || !link_is_inherited())
        return;
    self.is_child = true;
    session_close(&self.session);
    wakeup_deinit(&self.wakeup);
    outgoing_reset(&self.outgoing);
    self.life = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    self.is_running = false;
    self.is_in_poll = false;
    self.is_in_app = false;
    self.is_abandoned = false;
    self.is_paused_for_fork = false;
    self.session_ordinal = 0;
    self.num_unknown_messages = 0;
    self.attempt_at_ms = 0;
    self.seeking_since_ms = 0;
    backoff_reset(&self.backoff);
}
