#include "broker/store/sqlite/checkpointer.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "broker/util/cleanup.h"

struct Checkpointer {
    pthread_t thread;
    pthread_mutex_t mutex; /* of the next three; nobody holds it while waiting for the disk */
    pthread_cond_t changed;
    bool is_stopping;
    bool is_dirty; /* something is to be synced */
    bool is_urgent;
    sqlite3 *database;
    int log_fd; /* SQLite holds no lock on the log itself, so that a second descriptor does no harm */
    const char *restart_statement;
    bool is_started;
    atomic_uint_fast64_t num_failures;
};

static void wait_until_due(Checkpointer *self)
{
    struct timespec due;

    while (!self->is_stopping && !self->is_dirty)
        (void)pthread_cond_wait(&self->changed, &self->mutex);
    (void)clock_gettime(CLOCK_MONOTONIC, &due);
    due.tv_sec += LOG_SYNC_DELAY_MS / 1000;
    while (!self->is_stopping && !self->is_urgent)
        if (pthread_cond_timedwait(&self->changed, &self->mutex, &due) == ETIMEDOUT)
            break;
}

static bool move_log(Checkpointer *self)
{
    int num_in_log = 0;
    int num_moved = 0;
    int result =
        sqlite3_wal_checkpoint_v2(self->database, "main", SQLITE_CHECKPOINT_PASSIVE, &num_in_log, &num_moved);

    if (result != SQLITE_OK)
        return false;
    if (num_moved < num_in_log) /* the loop wrote meanwhile; the rest is moved next time */
        return true;
    return sqlite3_exec(self->database, self->restart_statement, NULL, NULL, NULL) == SQLITE_OK;
}

static void *run(void *context)
{
    Checkpointer *self = context;

    (void)pthread_mutex_lock(&self->mutex);
    while (!self->is_stopping) {
        bool is_urgent;
        bool is_done;

        wait_until_due(self);
        if (!self->is_dirty)
            continue;
        is_urgent = self->is_urgent;
        self->is_urgent = false;
        self->is_dirty = false;
        (void)pthread_mutex_unlock(&self->mutex);
        is_done = is_urgent ? move_log(self) : fdatasync(self->log_fd) == 0;
        if (!is_done)
            atomic_fetch_add(&self->num_failures, 1);
        (void)pthread_mutex_lock(&self->mutex);
    }
    (void)pthread_mutex_unlock(&self->mutex);
    return NULL;
}

/* Signals are the loop's. */
static int start(Checkpointer *self)
{
    sigset_t all;
    sigset_t before;
    int result;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    result = pthread_create(&self->thread, NULL, run, self);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    self->is_started = result == 0;
    return -result;
}

static int open_files(Checkpointer *self, const char *path)
{
    AUTO_FREE char *log_path = NULL;

    if (asprintf(&log_path, "%s-wal", path) < 0)
        return -ENOMEM;
    self->log_fd = open(log_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (self->log_fd < 0)
        return -errno;
    if (sqlite3_open_v2(path, &self->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK)
        return -EIO;
    (void)sqlite3_busy_timeout(self->database, 1000);
    return sqlite3_exec(self->database,
                        "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-64;",
                        NULL, NULL, NULL) == SQLITE_OK
               ? 0
               : -EIO;
}

static void cleanup_checkpointer(Checkpointer **checkpointer)
{
    (void)checkpointer_free(*checkpointer);
}

int checkpointer_new(const char *path, const char *restart_statement, Checkpointer **ret)
{
    CLEANUP(cleanup_checkpointer) Checkpointer *self = calloc(1, sizeof *self);
    pthread_condattr_t attributes;
    int result;

    if (!self)
        return -ENOMEM;
    self->log_fd = -1;
    self->restart_statement = restart_statement;
    (void)pthread_mutex_init(&self->mutex, NULL); /* these do not fail on Linux */
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&self->changed, &attributes);
    (void)pthread_condattr_destroy(&attributes);

    result = open_files(self, path);
    if (result == 0)
        result = start(self);
    if (result < 0)
        return result;
    *ret = TAKE(self);
    return 0;
}

Checkpointer *checkpointer_free(Checkpointer *self)
{
    if (!self)
        return NULL;
    if (self->is_started) {
        (void)pthread_mutex_lock(&self->mutex);
        self->is_stopping = true;
        (void)pthread_cond_signal(&self->changed);
        (void)pthread_mutex_unlock(&self->mutex);
        (void)pthread_join(self->thread, NULL);
    }
    (void)sqlite3_close(self->database); /* no statement is left open */
    cleanup_close(&self->log_fd);
    (void)pthread_cond_destroy(&self->changed);
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
    return NULL;
}

void checkpointer_notify(Checkpointer *self, int num_pages, bool is_urgent)
{
    (void)pthread_mutex_lock(&self->mutex);
    self->is_dirty = true;
    if (is_urgent || num_pages >= CHECKPOINT_PAGES)
        self->is_urgent = true;
    (void)pthread_cond_signal(&self->changed);
    (void)pthread_mutex_unlock(&self->mutex);
}

uint64_t checkpointer_num_failures(const Checkpointer *self)
{
    return atomic_load(&self->num_failures);
}
