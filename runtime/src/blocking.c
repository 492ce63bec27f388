/* The pool of threads for C that blocks: names, files, standard input, SQLite, password hashing. Threads are started on
 * demand and end after a while without work. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

enum { MAX_THREADS = 64, IDLE_SECONDS = 10, STACK_BYTES = 1 << 20 };
enum { RUNNING, DONE, ABANDONED };

typedef struct blocking_job {
    mesh_post post; /* first: brings the result to a worker */
    struct blocking_job *next;
    void (*run)(void *);
    void (*destroy)(void *);
    void *data;
    mesh_ticket ticket;
    _Atomic int state;
    _Atomic int refs; /* the caller and the pool */
} blocking_job;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static blocking_job *queue, **queue_end = &queue;
static int threads, idle, queued;

static void init(void) {
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&work, &attr);
    pthread_condattr_destroy(&attr);
}

static void unref(blocking_job *job) {
    if (atomic_fetch_sub(&job->refs, 1) == 1) free(job);
}

static void finished(mesh_post *post) {
    blocking_job *job = (blocking_job *)post;
    mesh_wake_from(mesh_worker_here(), job->ticket, 0);
    unref(job);
    mesh_release();
}

static void *pool_thread(void *unused) {
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        if (queue == NULL) {
            struct timespec until;
            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_sec += IDLE_SECONDS;
            idle++;
            int error = 0;
            while (queue == NULL && error != ETIMEDOUT) error = pthread_cond_timedwait(&work, &lock, &until);
            idle--;
            if (queue == NULL) break;
        }
        blocking_job *job = queue;
        queue = job->next;
        if (queue == NULL) queue_end = &queue;
        queued--;
        pthread_mutex_unlock(&lock);
        job->run(job->data);
        int running = RUNNING;
        if (!atomic_compare_exchange_strong(&job->state, &running, DONE) && job->destroy != NULL) job->destroy(job->data);
        mesh_loop_post(mesh_worker_at((int)(job->ticket.pid % mesh_worker_count())), &job->post);
        pthread_mutex_lock(&lock);
    }
    threads--;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void start_thread(void) {
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, old;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    if (pthread_create(&thread, &attr, pool_thread, NULL) == 0) threads++;
    else if (threads == 0) mesh_fatal("cannot start threads");
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attr);
}

int mesh_run_blocking(mesh_ctx *ctx, void (*run)(void *), void *data, void (*destroy)(void *)) {
    pthread_once(&once, init);
    blocking_job *job = calloc(1, sizeof *job);
    if (job == NULL) mesh_fatal("out of memory");
    job->post.run = finished;
    job->run = run;
    job->destroy = destroy;
    job->data = data;
    job->ticket = mesh_wait_begin(ctx);
    atomic_store(&job->refs, 2);
    mesh_hold(); /* until the result is with a worker */
    pthread_mutex_lock(&lock);
    *queue_end = job;
    queue_end = &job->next;
    queued++;
    if (queued > idle && threads < MAX_THREADS) start_thread();
    pthread_cond_signal(&work);
    pthread_mutex_unlock(&lock);
    int status = mesh_wait(ctx, job->ticket, INT64_MAX, NULL);
    if (status != 0) {
        int running = RUNNING;
        /* Done at the last moment: then the result is the caller's. */
        status = atomic_compare_exchange_strong(&job->state, &running, ABANDONED) ? -1 : 0;
    }
    unref(job);
    return status;
}
