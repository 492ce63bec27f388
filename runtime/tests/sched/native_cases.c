/* Guards, native processes, blocking work, descriptors, loops, listeners. */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* ---- guards ---- */

static _Atomic int released;
static void release(void *data) {
    (void)data;
    atomic_fetch_add(&released, 1);
}

static mesh_value good_body(mesh_ctx *ctx, void *data) {
    mesh_resource_add(ctx, release, NULL);
    return mesh_of_ptr(mesh_string_format(ctx, "%s, long enough for a block of its own", (const char *)data));
}
static mesh_value bad_body(mesh_ctx *ctx, void *data) {
    mesh_resource_add(ctx, release, NULL);
    mesh_string_new(ctx, "lost", 4);
    mesh_value inner = 0;
    mesh_string *message = NULL;
    CHECK(mesh_guard(ctx, good_body, data, true, &inner, &message) == 0);
    panic_here(ctx, "inside");
    return 0;
}
static void guards(mesh_ctx *ctx) {
    mesh_value result = 0;
    mesh_string *message = NULL;
    for (int i = 0; i < 100; i++) {
        CHECK(mesh_guard(ctx, good_body, "kept", true, &result, &message) == 0 && message == NULL);
        if (i < 99) mesh_drop(ctx, (mesh_obj *)mesh_to_ptr(result));
        CHECK(atomic_exchange(&released, 0) == 1);
    }
    mesh_string *s = mesh_to_ptr(result);
    say("%.*s", (int)s->len, s->data);
    mesh_drop(ctx, s);
    CHECK(mesh_guard(ctx, bad_body, "inner", false, &result, &message) == -1);
    CHECK(atomic_load(&released) == 2);
    say("%.*s", (int)message->len, message->data);
    mesh_drop(ctx, message);
}

static mesh_value sleeps_in_guard(mesh_ctx *ctx, void *data) {
    (void)data;
    mesh_resource_add(ctx, release, NULL);
    mesh_timer_sleep(ctx, 1000000);
    say("not reached");
    return 0;
}
static mesh_value guarded(mesh_ctx *ctx, const mesh_value *args) {
    mesh_resource_add(ctx, release, NULL);
    mesh_guard(ctx, sleeps_in_guard, NULL, false, NULL, NULL);
    return (void)args, 0;
}
static mesh_value guarded_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    say("ended, inner resource released: %d", atomic_load(&released));
    return 0;
}
ACTOR_WITH_END(Guarded, guarded, guarded_end, 0, 0, NULL);
static void kill_pid(mesh_ctx *ctx, int64_t pid) {
    mesh_string *kill = mesh_string_from_c(ctx, "kill");
    mesh_process_exit(ctx, pid, kill);
    mesh_drop(ctx, kill);
}
static void killed_in_guard(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &Guarded);
    mesh_timer_sleep(ctx, 20);
    kill_pid(ctx, p);
    mesh_timer_sleep(ctx, 20);
    CHECK(atomic_load(&released) == 2);
}

static void uses_stack(void *data) {
    volatile char room[200000];
    memset((char *)room, 1, sizeof room);
    *(int *)data = room[0] + room[199999];
}
static mesh_value on_big_stack(mesh_ctx *ctx, const mesh_value *args) {
    int n = 0;
    mesh_on_big_stack(ctx, uses_stack, &n);
    say("%d", n);
    return (void)args, 0;
}
ACTOR(OnBigStack, on_big_stack, 0, 0, NULL);
static void big_stack(mesh_ctx *ctx) {
    for (int i = 0; i < 3; i++) spawn0(ctx, &OnBigStack);
}

/* ---- blocking work ---- */

static _Atomic int destroyed;
static void block(void *data) { usleep(*(useconds_t *)data); }
static void destroy(void *data) {
    free(data);
    atomic_fetch_add(&destroyed, 1);
}
static mesh_value blocks(mesh_ctx *ctx, const mesh_value *args) {
    useconds_t *us = malloc(sizeof *us);
    *us = (useconds_t)args[0];
    if (mesh_run_blocking(ctx, block, us, destroy) == 0) {
        free(us);
        if (args[1]) say("done");
    }
    return 0;
}
ACTOR(Blocks, blocks, 2, 0, NULL);
static int64_t spawn_blocks(mesh_ctx *ctx, int64_t us, bool loud) {
    mesh_value args[] = {(mesh_value)us, loud};
    return mesh_spawn(ctx, &Blocks, args);
}
static void blocking(mesh_ctx *ctx) {
    int64_t start = mesh_now_ns();
    for (int i = 0; i < 20; i++) spawn_blocks(ctx, 50000, i == 0);
    mesh_timer_sleep(ctx, 10);
    int64_t killed = spawn_blocks(ctx, 100000, true);
    mesh_timer_sleep(ctx, 10);
    kill_pid(ctx, killed);
    while (atomic_load(&destroyed) == 0) mesh_timer_sleep(ctx, 5);
    CHECK(mesh_now_ns() - start < 900000000);
    spawn_blocks(ctx, 50000, true); /* the program waits for it */
}

/* ---- descriptors ---- */

static int pipes[2];
static mesh_value reads(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    CHECK(mesh_wait_fd(ctx, pipes[0], MESH_READ, mesh_now_ns() + 10000000) == 0);
    CHECK(mesh_wait_fd(ctx, pipes[1], MESH_WRITE, INT64_MAX) & MESH_WRITE);
    for (int i = 0; i < 3; i++) {
        char c = 0;
        CHECK(mesh_wait_fd(ctx, pipes[0], MESH_READ, INT64_MAX) & MESH_READ);
        CHECK(read(pipes[0], &c, 1) == 1);
        say("%c", c);
    }
    say("end %d", mesh_wait_fd(ctx, pipes[0], MESH_READ, INT64_MAX)); /* killed here */
    return 0;
}
ACTOR(Reads, reads, 0, 0, NULL);
static void descriptors(mesh_ctx *ctx) {
    CHECK(pipe2(pipes, O_NONBLOCK | O_CLOEXEC) == 0);
    int64_t p = spawn0(ctx, &Reads);
    for (int i = 0; i < 3; i++) {
        mesh_timer_sleep(ctx, 20);
        CHECK(write(pipes[1], &"abc"[i], 1) == 1);
    }
    mesh_timer_sleep(ctx, 20);
    kill_pid(ctx, p);
}

/* Many processes wait for descriptors with short deadlines, while these become ready: both ends of the race. */
static _Atomic int raced;
static mesh_value races(mesh_ctx *ctx, const mesh_value *args) {
    int fds[2], got = 0;
    if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return 0;
    for (int i = 0; i < 50; i++) {
        if (i % 2) CHECK(write(fds[1], "x", 1) == 1);
        char c;
        if (mesh_wait_fd(ctx, fds[0], MESH_READ, mesh_now_ns() + (int64_t)args[0] * 1000 * (i % 3)) > 0) got += (int)read(fds[0], &c, 1);
    }
    close(fds[0]);
    close(fds[1]);
    CHECK(got > 0);
    if (atomic_fetch_add(&raced, 1) == 99) say("raced");
    return 0;
}
ACTOR(Races, races, 1, 0, NULL);
static void descriptor_races(mesh_ctx *ctx) {
    for (mesh_value i = 0; i < 100; i++) mesh_spawn(ctx, &Races, &i);
}

/* ---- native processes and loops ---- */

static void class_ended(void *data, bool crashed) { say("%s ended, crashed %d", (const char *)data, crashed); }
static const mesh_native_class echo_class = {"echo", class_ended};

typedef struct echo_task {
    mesh_task task;
    int number;
} echo_task;
static void echo_body(mesh_ctx *ctx, void *data) {
    int n = ((echo_task *)data)->number;
    mesh_string_format(ctx, "garbage %d", n); /* goes with the task's heap */
    if (n == 2) panic_here(ctx, "task broke");
    say("task %d", n);
}
static void echo_run(mesh_ctx *ctx, mesh_task *task) {
    mesh_string *message = NULL;
    if (((echo_task *)task)->number == 3) mesh_timer_sleep(ctx, 20);
    if (mesh_try(ctx, echo_body, task, &message) != 0) say("panic: %.*s", (int)message->len, message->data);
    free(task);
}
static void echo_drop(mesh_task *task) {
    say("dropped %d", ((echo_task *)task)->number);
    free(task);
}
static void post_task(int64_t pid, int number) {
    echo_task *t = calloc(1, sizeof *t);
    t->task.run = echo_run;
    t->task.drop = echo_drop;
    t->number = number;
    if (!mesh_native_post(pid, &t->task)) {
        say("refused %d", number);
        free(t);
    }
}
static void never_run(mesh_ctx *ctx, mesh_task *task) {
    (void)task;
    mesh_timer_sleep(ctx, 1000000);
}
static void native(mesh_ctx *ctx) {
    int64_t p = mesh_native_spawn(&echo_class, "first");
    for (int i = 1; i <= 4; i++) post_task(p, i);
    mesh_native_finish(p);
    mesh_timer_sleep(ctx, 60);
    post_task(p, 5);
    p = mesh_native_spawn(&echo_class, "second");
    static mesh_task stuck = {.run = never_run};
    mesh_native_post(p, &stuck);
    post_task(p, 6);
    mesh_timer_sleep(ctx, 20);
    kill_pid(ctx, p);
    mesh_timer_sleep(ctx, 20);
    mesh_native_spawn(&echo_class, "idle at the end");
}

static mesh_timer timers[3];
static mesh_ticket loop_ticket;
static void fired(mesh_timer *t) {
    say("timer %d", (int)(t - timers));
    if (t == &timers[2]) mesh_wake(loop_ticket, 42);
    if (t == &timers[0]) mesh_timer_stop(&timers[1]);
}
static void deferred(mesh_post *post) {
    (void)post;
    say("deferred");
}
static void posted(mesh_post *post) {
    (void)post;
    static mesh_post later = {.run = deferred};
    for (int i = 0; i < 3; i++) {
        timers[i].fire = fired;
        mesh_timer_start(&timers[i], mesh_now_ns() + (i + 1) * 15000000);
    }
    mesh_timer_start(&timers[0], mesh_now_ns() + 5000000);
    say("posted");
    mesh_loop_defer(&later);
}
static void loops(mesh_ctx *ctx) {
    static mesh_post post = {.run = posted};
    loop_ticket = mesh_wait_begin(ctx);
    mesh_loop_post(mesh_worker_at(mesh_worker_count() - 1), &post);
    int64_t result = 0;
    CHECK(mesh_wait(ctx, loop_ticket, INT64_MAX, &result) == 0);
    say("%lld", (long long)result);
}

/* ---- listeners ---- */

static void stop_listener(mesh_listener *l) {
    say("stopping");
    CHECK(mesh_stopping() && l->deadline_ns > mesh_now_ns());
    mesh_listener_stopped(l);
}
static mesh_value waits(mesh_ctx *ctx, const mesh_value *args) { return (void)args, (mesh_value)receive_int(ctx); }
static mesh_value waits_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    say("terminated");
    return 0;
}
ACTOR_WITH_END(Waits, waits, waits_end, 0, 0, &mesh_type_int);
static void *send_signal(void *number) {
    usleep(60000);
    kill(getpid(), *(int *)number);
    return NULL;
}
static void serve_until(mesh_ctx *ctx, int number) {
    static mesh_listener listener = {.stop = stop_listener};
    static int sent;
    sent = number;
    spawn0(ctx, &Waits);
    mesh_listener_open(&listener);
    pthread_t thread;
    pthread_create(&thread, NULL, send_signal, &sent);
    pthread_detach(thread);
}
static void sigterm(mesh_ctx *ctx) { serve_until(ctx, SIGTERM); }
static void sigint(mesh_ctx *ctx) {
    serve_until(ctx, SIGINT);
    mesh_wait_for_ever(ctx);
}
static void closed_listener(mesh_ctx *ctx) {
    static mesh_listener listener = {.stop = stop_listener};
    mesh_listener_open(&listener);
    mesh_timer_sleep(ctx, 10);
    mesh_listener_stopped(&listener);
    say("closed");
}

const test_case native_cases[] = {
    {"guards", guards, "kept, long enough for a block of its own\ninside\n", "Mesh panic at test.mpl:7: inside\n", 0},
    {"killed_in_guard", killed_in_guard, "ended, inner resource released: 1\n", NULL, 0},
    {"big_stack", big_stack, "2\n2\n2\n", NULL, 0},
    {"blocking", blocking, "done\ndone\n", NULL, 0},
    {"descriptors", descriptors, "a\nb\nc\nend -1\n", NULL, 0},
    {"descriptor_races", descriptor_races, "raced\n", NULL, 0},
    {"native", native,
     "task 1\npanic: task broke\ntask 3\ntask 4\nfirst ended, crashed 0\nrefused 5\ndropped 6\nsecond ended, crashed 1\n"
     "idle at the end ended, crashed 0\n",
     "task broke", 0},
    {"loops", loops, "posted\ndeferred\ntimer 0\ntimer 2\n42\n", NULL, 0},
    {"sigterm", sigterm, "stopping\nterminated\n", NULL, 0},
    {"sigint", sigint, "stopping\nterminated\n", NULL, 130},
    {"closed_listener", closed_listener, "closed\n", NULL, 0},
    {NULL, NULL, NULL, NULL, 0},
};
