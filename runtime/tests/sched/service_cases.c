/* Services, jobs, supervisors, names. */
#include "cases.h"

/* ---- a service with a text as state: Add(text) casts, Read() calls, Size() calls, Fail(), Nested(pid) ---- */

static mesh_string *text_of(mesh_value v) { return mesh_to_ptr(v); }

static mesh_value tape_init(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx;
    return args[0];
}
static mesh_value tape_add(mesh_ctx *ctx, const mesh_value *args) {
    mesh_string *s = mesh_string_append(ctx, text_of(args[0]), text_of(args[1])->data, (size_t)text_of(args[1])->len);
    mesh_drop(ctx, text_of(args[1]));
    return mesh_of_ptr(s);
}
static mesh_value pair_of(mesh_ctx *ctx, mesh_value state, mesh_value reply, unsigned ptrs) {
    mesh_data *pair = mesh_data_new(ctx, 0, ptrs, 2);
    pair->slot[0] = state;
    pair->slot[1] = reply;
    return mesh_of_ptr(pair);
}
static mesh_value tape_read(mesh_ctx *ctx, const mesh_value *args) {
    return pair_of(ctx, args[0], mesh_of_ptr(mesh_dup(text_of(args[0]))), 2);
}
static mesh_value tape_size(mesh_ctx *ctx, const mesh_value *args) {
    return pair_of(ctx, args[0], (mesh_value)text_of(args[0])->len, 1);
}
static mesh_value tape_fail(mesh_ctx *ctx, const mesh_value *args) {
    mesh_timer_sleep(ctx, 20);
    panic_here(ctx, "tape torn");
    return args[0];
}
static mesh_value tape_print(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx;
    say("%.*s", (int)text_of(args[0])->len, text_of(args[0])->data);
    return args[0];
}
static mesh_value tape_itself(mesh_ctx *ctx, const mesh_value *args);
enum { ADD, READ, SIZE, FAIL, PRINT, ITSELF };
static const mesh_handler_table tape_handlers[] = {
    {"add", tape_add, 0, 1, 1, 0},   {"read", tape_read, 1, 0, 0, 1},   {"size", tape_size, 1, 0, 0, 0},
    {"fail", tape_fail, 1, 0, 0, 0}, {"print", tape_print, 0, 0, 0, 0}, {"itself", tape_itself, 1, 1, 0, 0},
};
static const mesh_service_table Tape = {"Tape", tape_init, 1, 1, 1, 6, tape_handlers};
static mesh_value tape_itself(mesh_ctx *ctx, const mesh_value *args) {
    mesh_value reply = mesh_service_call(ctx, (int64_t)args[1], &Tape, SIZE, NULL);
    return pair_of(ctx, args[0], reply, 1);
}

static int64_t tape(mesh_ctx *ctx, const char *text) {
    mesh_value arg = mesh_of_ptr(mesh_string_from_c(ctx, text));
    int64_t pid = mesh_service_start(ctx, &Tape, &arg);
    mesh_drop(ctx, text_of(arg));
    return pid;
}
static void add(mesh_ctx *ctx, int64_t pid, const char *text) {
    mesh_value arg = mesh_of_ptr(mesh_string_from_c(ctx, text));
    mesh_service_cast(ctx, pid, &Tape, ADD, &arg);
    mesh_drop(ctx, text_of(arg));
}
static void read_tape(mesh_ctx *ctx, int64_t pid) {
    mesh_string *s = text_of(mesh_service_call(ctx, pid, &Tape, READ, NULL));
    say("%.*s %lld", (int)s->len, s->data, (long long)mesh_service_call(ctx, pid, &Tape, SIZE, NULL));
    mesh_drop(ctx, s);
}

static void calls(mesh_ctx *ctx) {
    int64_t t = tape(ctx, "a");
    read_tape(ctx, t);
    add(ctx, t, "b");
    add(ctx, t, " and some more text that does not fit into a node");
    read_tape(ctx, t);
    mesh_send(ctx, t, &mesh_type_int, 5); /* discarded */
    read_tape(ctx, t);
    int64_t sum = 0;
    for (int i = 0; i < 20000; i++) sum += (int64_t)mesh_service_call(ctx, t, &Tape, SIZE, NULL);
    say("%lld", (long long)sum);
}

static void queued_at_end(mesh_ctx *ctx) { /* served after main has returned, and an idle one does not keep it alive */
    int64_t t = tape(ctx, "x");
    add(ctx, t, "y");
    mesh_service_cast(ctx, t, &Tape, PRINT, NULL);
}

static const mesh_service_table Other = {"Other", tape_init, 1, 1, 1, 6, tape_handlers};
static void body_of_failing_call(mesh_ctx *ctx, void *data) {
    int64_t *call = data;
    mesh_value arg = (mesh_value)call[0];
    mesh_service_call(ctx, call[0], call[2] ? &Other : &Tape, call[1], &arg);
}
static void failing_call(mesh_ctx *ctx, int64_t pid, int64_t handler, bool other) {
    int64_t call[] = {pid, handler, other};
    mesh_string *message = NULL;
    if (mesh_try(ctx, body_of_failing_call, call, &message) == 0) say("no panic");
    else say("%.*s", (int)message->len, message->data);
    if (message != NULL) mesh_drop(ctx, message);
}

static mesh_value late_caller(mesh_ctx *ctx, const mesh_value *args) {
    mesh_timer_sleep(ctx, 5);
    failing_call(ctx, (int64_t)args[0], SIZE, false);
    return 0;
}
ACTOR(LateCaller, late_caller, 1, 0, NULL);

static void failures(mesh_ctx *ctx) {
    int64_t t = tape(ctx, "a");
    failing_call(ctx, 0, SIZE, false);
    failing_call(ctx, 77777, SIZE, false);
    failing_call(ctx, t, SIZE, true);
    mesh_service_cast(ctx, t, &Other, PRINT, NULL);
    mesh_service_cast(ctx, 77777, &Tape, PRINT, NULL);
    failing_call(ctx, t, ITSELF, false);
    t = tape(ctx, "b");
    spawn1(ctx, &LateCaller, (mesh_value)t); /* waits in the mailbox of the one that fails */
    failing_call(ctx, t, FAIL, false);
    mesh_timer_sleep(ctx, 20);
    failing_call(ctx, t, SIZE, false);
}

static mesh_value caller_body(mesh_ctx *ctx, const mesh_value *args) {
    int64_t sum = 0;
    for (int i = 0; i < 3000; i++) sum += (int64_t)mesh_service_call(ctx, (int64_t)args[0], &Tape, SIZE, NULL);
    mesh_send(ctx, (int64_t)args[1], &mesh_type_int, (mesh_value)sum);
    return 0;
}
ACTOR(Caller, caller_body, 2, 0, NULL);
static mesh_value collect(mesh_ctx *ctx, const mesh_value *args) {
    int64_t sum = 0;
    for (int i = 0; i < 20; i++) sum += receive_int(ctx);
    say("%lld", (long long)sum);
    return (void)args, 0;
}
ACTOR(Collect, collect, 0, 0, &mesh_type_int);
static void many_callers(mesh_ctx *ctx) {
    mesh_value args[] = {(mesh_value)tape(ctx, "12345"), (mesh_value)spawn0(ctx, &Collect)};
    for (int i = 0; i < 20; i++) mesh_spawn(ctx, &Caller, args);
}

/* ---- jobs ---- */

static mesh_value job_slow(mesh_ctx *ctx, mesh_closure *f) {
    mesh_timer_sleep(ctx, (int64_t)f->capture[0]);
    return f->capture[1];
}
static mesh_value job_text(mesh_ctx *ctx, mesh_closure *f) {
    (void)f;
    return mesh_of_ptr(mesh_string_from_c(ctx, "a text that is long enough for a block"));
}
static mesh_value job_crash(mesh_ctx *ctx, mesh_closure *f) {
    (void)f;
    panic_here(ctx, "job broke");
    return 0;
}
static mesh_value job_square(mesh_ctx *ctx, mesh_closure *f, mesh_value x) {
    (void)f;
    if (x == 2) panic_here(ctx, "no two");
    mesh_timer_sleep(ctx, 40 - (int64_t)x * 10);
    return x * x;
}

static void show(mesh_ctx *ctx, mesh_obj *result, bool text) {
    mesh_data *r = (mesh_data *)result;
    if (r->h.tag == 1 || text) say("%s %.*s", r->h.tag ? "err" : "ok", (int)text_of(r->slot[0])->len, text_of(r->slot[0])->data);
    else say("ok %lld", (long long)r->slot[0]);
    mesh_drop(ctx, r);
}

static int64_t start_job(mesh_ctx *ctx, void *code, const mesh_type *type, int64_t ms, int64_t value) {
    mesh_value captures[] = {(mesh_value)ms, (mesh_value)value};
    mesh_closure *f = closure(ctx, code, 2, captures);
    int64_t job = mesh_job_async(ctx, type, f);
    mesh_drop(ctx, f);
    return job;
}

static void jobs(mesh_ctx *ctx) {
    int64_t a = start_job(ctx, job_slow, &mesh_type_int, 40, 1), b = start_job(ctx, job_slow, &mesh_type_int, 0, 2);
    show(ctx, mesh_job_await_timeout(ctx, &mesh_type_int, a, 5), false);
    show(ctx, mesh_job_await_timeout(ctx, &mesh_type_int, a, 0), false);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, b), false);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, a), false);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, a), false);
    int64_t t = start_job(ctx, job_text, &mesh_type_string, 0, 0);
    show(ctx, mesh_job_await(ctx, &mesh_type_string, t), true);
    show(ctx, mesh_job_await(ctx, &mesh_type_string, t), true);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, start_job(ctx, job_crash, &mesh_type_int, 0, 0)), false);
    int64_t killed = start_job(ctx, job_slow, &mesh_type_int, 100000, 0);
    mesh_string *kill = mesh_string_from_c(ctx, "kill");
    mesh_process_exit(ctx, killed, kill);
    mesh_drop(ctx, kill);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, killed), false);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, tape(ctx, "x")), false);
    show(ctx, mesh_job_await(ctx, &mesh_type_int, 999999), false);

    mesh_list *list = mesh_list_new(ctx, &mesh_type_int, 3);
    for (mesh_value i = 1; i <= 3; i++) list = mesh_list_push(ctx, &mesh_type_int, list, i);
    mesh_closure *square = closure(ctx, job_square, 0, NULL);
    mesh_list *results = mesh_job_map(ctx, &mesh_type_int, &mesh_type_int, list, square);
    for (int i = 0; i < 3; i++) show(ctx, mesh_dup((mesh_obj *)mesh_to_ptr(results->data[i])), false);
    mesh_drop(ctx, results);
    mesh_drop(ctx, list);
    mesh_drop(ctx, square);
}

/* ---- supervisors ---- */

static _Atomic int64_t boots[3], fails_until[3];
static mesh_value unit_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx;
    if (args[1] != 0) say("unit %lld ends", (long long)args[0]);
    return 0;
}
static mesh_value unit(mesh_ctx *ctx, const mesh_value *args) {
    int64_t which = (int64_t)args[0], n = atomic_fetch_add(&boots[which], 1) + 1;
    if (atomic_load(&fails_until[which]) < 0) return 0;
    mesh_timer_sleep(ctx, 15);
    if (n < atomic_load(&fails_until[which])) panic_here(ctx, "unit broke");
    receive_int(ctx);
    return 0;
}
ACTOR_WITH_END(Unit, unit, unit_end, 2, 0, &mesh_type_int);

static mesh_value start_unit(mesh_ctx *ctx, int64_t which, bool loud) {
    mesh_value args[] = {(mesh_value)which, loud};
    return (mesh_value)mesh_spawn(ctx, &Unit, args);
}
static mesh_value start_a(mesh_ctx *ctx, const mesh_value *args) { return (void)args, start_unit(ctx, 0, false); }
static mesh_value start_b(mesh_ctx *ctx, const mesh_value *args) { return (void)args, start_unit(ctx, 1, false); }
static mesh_value start_c(mesh_ctx *ctx, const mesh_value *args) { return (void)args, start_unit(ctx, 2, false); }
static mesh_value start_loud_a(mesh_ctx *ctx, const mesh_value *args) { return (void)args, start_unit(ctx, 0, true); }
static mesh_value start_loud_b(mesh_ctx *ctx, const mesh_value *args) { return (void)args, start_unit(ctx, 1, true); }
static mesh_value start_service(mesh_ctx *ctx, const mesh_value *args) { return (void)args, (mesh_value)tape(ctx, "s"); }
static mesh_value start_fails(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    panic_here(ctx, "cannot start");
    return 0;
}

static void set(int64_t a, int64_t b, int64_t c) {
    atomic_store(&fails_until[0], a), atomic_store(&fails_until[1], b), atomic_store(&fails_until[2], c);
}
static void say_boots(void) {
    say("%lld %lld %lld", (long long)atomic_load(&boots[0]), (long long)atomic_load(&boots[1]), (long long)atomic_load(&boots[2]));
}

#define SUPERVISOR(name_, strategy_, max_, count_, ...)                      \
    static const mesh_child_table name_##_children[] = {__VA_ARGS__};        \
    static const mesh_supervisor_table name_ = {#name_, strategy_, max_, 5, count_, name_##_children}

SUPERVISOR(Solo, MESH_ONE_FOR_ONE, 5, 1, {"a", start_a, MESH_PERMANENT, 1000});
SUPERVISOR(Weak, MESH_ONE_FOR_ONE, 2, 1, {"a", start_a, MESH_PERMANENT, 1000});
SUPERVISOR(Both, MESH_ONE_FOR_ALL, 3, 2, {"a", start_a, MESH_PERMANENT, 1000}, {"b", start_b, MESH_PERMANENT, -1});
SUPERVISOR(Chain, MESH_REST_FOR_ONE, 3, 3, {"a", start_a, MESH_PERMANENT, 1000}, {"b", start_b, MESH_PERMANENT, 1000},
           {"c", start_c, MESH_PERMANENT, 1000});
SUPERVISOR(Mixed, MESH_ONE_FOR_ONE, 3, 3, {"done", start_a, MESH_TRANSIENT, 1000}, {"flaky", start_b, MESH_TRANSIENT, 1000},
           {"once", start_c, MESH_TEMPORARY, 1000});
SUPERVISOR(Loud, MESH_ONE_FOR_ONE, 3, 3, {"a", start_loud_a, MESH_PERMANENT, 1000}, {"t", start_service, MESH_PERMANENT, 1000},
           {"b", start_loud_b, MESH_PERMANENT, 1000});
SUPERVISOR(LoudAlone, MESH_ONE_FOR_ONE, 3, 1, {"a", start_loud_a, MESH_PERMANENT, 1000});
SUPERVISOR(NoStart, MESH_ONE_FOR_ONE, 3, 2, {"a", start_loud_a, MESH_PERMANENT, 1000}, {"bad", start_fails, MESH_PERMANENT, 1000});
static mesh_value start_weak(mesh_ctx *ctx, const mesh_value *args) {
    return (void)args, (mesh_value)mesh_supervisor_start(ctx, &Weak);
}
static mesh_value start_loud(mesh_ctx *ctx, const mesh_value *args) {
    return (void)args, (mesh_value)mesh_supervisor_start(ctx, &Loud);
}
SUPERVISOR(Top, MESH_ONE_FOR_ONE, 1, 1, {"weak", start_weak, MESH_PERMANENT, 5000});
SUPERVISOR(TopLoud, MESH_ONE_FOR_ONE, 1, 1, {"loud", start_loud, MESH_PERMANENT, 5000});

static void supervise(mesh_ctx *ctx, const mesh_supervisor_table *table, int64_t ms) {
    mesh_supervisor_start(ctx, table);
    mesh_timer_sleep(ctx, ms);
    say_boots();
}
static void one_for_one(mesh_ctx *ctx) { set(3, 0, 0), supervise(ctx, &Solo, 150); }
static void intensity(mesh_ctx *ctx) { set(100, 0, 0), supervise(ctx, &Weak, 200); }
static void one_for_all(mesh_ctx *ctx) { set(2, 0, 0), supervise(ctx, &Both, 150); }
static void rest_for_one(mesh_ctx *ctx) { set(0, 2, 0), supervise(ctx, &Chain, 150); }
static void restart_kinds(mesh_ctx *ctx) { set(-1, 2, 100), supervise(ctx, &Mixed, 150); }
static void nested(mesh_ctx *ctx) { set(100, 0, 0), supervise(ctx, &Top, 400); } /* (1 + 2) twice, then given up */
static void start_failure(mesh_ctx *ctx) {
    set(0, 0, 0);
    mesh_supervisor_start(ctx, &NoStart);
    mesh_timer_sleep(ctx, 60);
    say("main");
}
static void end_order(mesh_ctx *ctx) { set(0, 0, 0), supervise(ctx, &TopLoud, 60); }

/* The inner supervisor gets 30 ms to end a child that does not end; then it is killed, and its children with it. */
static mesh_value stuck_body(mesh_ctx *ctx, const mesh_value *args) { return (void)args, (mesh_value)receive_int(ctx); }
static mesh_value stuck_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    say("child ends");
    mesh_timer_sleep(ctx, 200);
    say("child has ended");
    return 0;
}
ACTOR_WITH_END(Stuck, stuck_body, stuck_end, 0, 0, &mesh_type_int);
static mesh_value start_stuck(mesh_ctx *ctx, const mesh_value *args) { return (void)args, (mesh_value)spawn0(ctx, &Stuck); }
SUPERVISOR(Inner, MESH_ONE_FOR_ONE, 3, 1, {"stuck", start_stuck, MESH_PERMANENT, 100000});
static mesh_value start_inner(mesh_ctx *ctx, const mesh_value *args) {
    return (void)args, (mesh_value)mesh_supervisor_start(ctx, &Inner);
}
SUPERVISOR(Outer, MESH_ONE_FOR_ONE, 3, 1, {"inner", start_inner, MESH_PERMANENT, 30});
static void killed_while_ending(mesh_ctx *ctx) {
    int64_t s = mesh_supervisor_start(ctx, &Outer);
    mesh_timer_sleep(ctx, 20);
    mesh_string *shutdown = mesh_string_from_c(ctx, "shutdown");
    mesh_process_exit(ctx, s, shutdown);
    mesh_drop(ctx, shutdown);
    mesh_timer_sleep(ctx, 100);
    CHECK(mesh_proc_find(s) == NULL);
    say("outer has ended");
}

static void killed_supervisor(mesh_ctx *ctx) {
    set(0, 0, 0);
    int64_t s = mesh_supervisor_start(ctx, &LoudAlone);
    mesh_timer_sleep(ctx, 60);
    mesh_string *kill = mesh_string_from_c(ctx, "kill");
    mesh_process_exit(ctx, s, kill);
    mesh_drop(ctx, kill);
    mesh_timer_sleep(ctx, 60);
    say("main");
}

/* ---- everything at once: processes that spawn, link, watch, kill, call and name each other at random ---- */

enum { STORM = 64 };
static _Atomic int64_t storm_pids[STORM], storm_services[4], storm_steps;

static uint64_t next_random(uint64_t *state) { /* xorshift64 (Marsaglia, 2003) */
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

static void storm_call(mesh_ctx *ctx, void *data) {
    mesh_service_call(ctx, *(int64_t *)data, &Tape, SIZE, NULL);
}

static mesh_value storm(mesh_ctx *ctx, const mesh_value *args);
static mesh_value storm_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    if (mesh_self(ctx) % 3 == 0) mesh_timer_sleep(ctx, 1);
    return 0;
}
ACTOR(Storm, storm, 1, 0, &mesh_type_int);
ACTOR_WITH_END(StormWithEnd, storm, storm_end, 1, 0, &mesh_type_int);

static mesh_value storm_guarded(mesh_ctx *ctx, void *data) {
    int64_t *pid = data;
    mesh_string *s = mesh_string_format(ctx, "in a guard %lld", (long long)*pid);
    storm_call(ctx, data);
    return mesh_of_ptr(s);
}

static mesh_value storm(mesh_ctx *ctx, const mesh_value *args) {
    uint64_t random = args[0] * 0x9e3779b97f4a7c15u + 1;
    mesh_string *kill = mesh_string_from_c(ctx, "kill"), *custom = mesh_string_from_c(ctx, "custom reason");
    for (int i = 0; i < 60; i++) {
        int64_t other = atomic_load(&storm_pids[next_random(&random) % STORM]);
        int64_t service = atomic_load(&storm_services[next_random(&random) % 4]);
        atomic_fetch_add(&storm_steps, 1);
        switch (next_random(&random) % 14) {
        case 0: mesh_link(ctx, other); break;
        case 1: mesh_process_monitor(ctx, NULL, (mesh_value)other); break;
        case 2: mesh_process_exit(ctx, other, i % 4 == 0 ? kill : custom); break;
        case 3: mesh_process_trap_exit(ctx, i % 2 == 0); break;
        case 4: mesh_timer_sleep(ctx, (int64_t)(next_random(&random) % 3)); break;
        case 5: mesh_timer_send_after(ctx, &mesh_type_int, other, (int64_t)(next_random(&random) % 3), 7); break;
        case 6: {
            mesh_value view;
            mesh_receive_begin(ctx, 1);
            if (mesh_receive_next(ctx, &mesh_type_int, &view)) mesh_receive_take(ctx);
            break;
        }
        case 7: {
            mesh_string *message = NULL;
            if (mesh_try(ctx, storm_call, &service, &message) != 0) mesh_drop(ctx, message);
            break;
        }
        case 8: {
            mesh_string *message = NULL;
            mesh_value result;
            if (mesh_guard(ctx, storm_guarded, &service, true, &result, &message) == 0) mesh_drop(ctx, (mesh_obj *)mesh_to_ptr(result));
            else mesh_drop(ctx, message);
            break;
        }
        case 9: {
            mesh_string *name = mesh_string_format(ctx, "name %d", (int)(next_random(&random) % 8));
            mesh_process_register(ctx, name, other);
            mesh_process_whereis(ctx, name);
            if (i % 3 == 0) mesh_process_unregister(ctx, name);
            mesh_drop(ctx, name);
            break;
        }
        case 10:
            if (next_random(&random) % 4 == 0) {
                mesh_string *kill_service = mesh_string_from_c(ctx, "kill");
                mesh_process_exit(ctx, service, kill_service);
                mesh_drop(ctx, kill_service);
                atomic_store(&storm_services[next_random(&random) % 4], tape(ctx, "new"));
            }
            break;
        case 11: {
            mesh_obj *result = mesh_job_await_timeout(ctx, &mesh_type_int, start_job(ctx, job_slow, &mesh_type_int, i % 3, 5), 2);
            mesh_drop(ctx, result);
            break;
        }
        case 12: mesh_yield(ctx->proc); mesh_leave_if_ending(ctx); break;
        default: send_int(ctx, other, i); break;
        }
    }
    mesh_drop(ctx, kill);
    mesh_drop(ctx, custom);
    return 0;
}

static void storms(mesh_ctx *ctx) {
    for (int i = 0; i < 4; i++) atomic_store(&storm_services[i], tape(ctx, "calm"));
    for (mesh_value n = 1; atomic_load(&storm_steps) < (SANITIZED ? 3000 : 40000); n++) {
        mesh_value arg = n;
        atomic_store(&storm_pids[n % STORM], mesh_spawn(ctx, n % 2 ? &Storm : &StormWithEnd, &arg));
        if (n % 16 == 0) mesh_timer_sleep(ctx, 1);
    }
    say("calm");
}

/* ---- names ---- */

static int64_t named(mesh_ctx *ctx, int what, const char *name, int64_t pid) {
    mesh_string *s = mesh_string_from_c(ctx, name);
    int64_t r = what == 0 ? mesh_process_register(ctx, s, pid)
                : what == 1 ? mesh_process_whereis(ctx, s)
                : what == 2 ? mesh_process_unregister(ctx, s)
                : what == 3 ? mesh_global_register(ctx, s, pid)
                            : mesh_global_whereis(ctx, s);
    mesh_drop(ctx, s);
    return r;
}
ACTOR(Idle, unit, 2, 0, &mesh_type_int);
static void names(mesh_ctx *ctx) {
    set(0, 0, 0);
    mesh_value args[] = {0, 0};
    int64_t a = mesh_spawn(ctx, &Idle, args), b = mesh_spawn(ctx, &Idle, args);
    CHECK(named(ctx, 0, "x", a) == 0 && named(ctx, 0, "x", a) == 1 && named(ctx, 0, "x", b) == 1);
    CHECK(named(ctx, 0, "y", a) == 0 && named(ctx, 0, "z", 0) == 1 && named(ctx, 0, "z", 4711) == 1);
    CHECK(named(ctx, 1, "x", 0) == a && named(ctx, 1, "y", 0) == a && named(ctx, 1, "z", 0) == 0);
    CHECK(named(ctx, 2, "y", 0) == 0 && named(ctx, 2, "y", 0) == 1 && named(ctx, 1, "y", 0) == 0);
    CHECK(named(ctx, 3, "x", b) == 0 && named(ctx, 4, "x", 0) == b && named(ctx, 3, "", b) == 1);
    for (int i = 0; i < 500; i++) {
        char text[20];
        snprintf(text, sizeof text, "name %d", i);
        CHECK(named(ctx, 0, text, b) == 0);
    }
    CHECK(named(ctx, 1, "name 499", 0) == b);
    mesh_timer_sleep(ctx, 30);
    send_int(ctx, a, 1);
    send_int(ctx, b, 1);
    mesh_timer_sleep(ctx, 30);
    CHECK(named(ctx, 1, "x", 0) == 0 && named(ctx, 1, "name 7", 0) == 0 && named(ctx, 4, "x", 0) == 0);
    CHECK(named(ctx, 0, "x", a) == 1);
    int64_t t = tape(ctx, "named");
    CHECK(named(ctx, 0, "x", t) == 0);
    read_tape(ctx, named(ctx, 1, "x", 0));
}

const test_case service_cases[] = {
    {"calls", calls,
     "a 1\nab and some more text that does not fit into a node 51\nab and some more text that does not fit into a node 51\n"
     "1020000\n",
     NULL, 0},
    {"queued_at_end", queued_at_end, "xy\n", NULL, 0},
    {"failures", failures,
     "service call to dead process <0.0>\nservice call to dead process <0.77777>\nservice call to <0.1>: wrong service\n"
     "service process <0.1> terminated: service <0.1> called itself\n"
     "service process <0.2> terminated: tape torn\nservice process <0.2> terminated: tape torn\n"
     "service call to dead process <0.2>\n",
     "Mesh panic at test.mpl:7: tape torn\n", 0},
    {"many_callers", many_callers, "300000\n", NULL, 0},
    {"jobs", jobs,
     "err timeout\nerr timeout\nok 2\nok 1\nok 1\nok a text that is long enough for a block\n"
     "ok a text that is long enough for a block\nerr job broke\nerr killed\nerr not a job\nerr not a job\n"
     "ok 1\nerr no two\nok 9\n",
     "job broke", 0},
    {"one_for_one", one_for_one, "3 0 0\n", "unit broke", 0},
    {"intensity", intensity, "3 0 0\n", "[mesh-rt] supervisor <0.1> (Weak): restart limit exceeded: 2 restarts in 5 seconds", 0},
    {"one_for_all", one_for_all, "2 2 0\n", "unit broke", 0},
    {"rest_for_one", rest_for_one, "1 2 2\n", "unit broke", 0},
    {"restart_kinds", restart_kinds, "1 2 1\n", "unit broke", 0},
    {"nested", nested, "6 0 0\n", "(Top): restart limit exceeded: 1 restarts in 5 seconds", 0},
    {"start_failure", start_failure, "unit 0 ends\nmain\n", "cannot start", 0},
    {"end_order", end_order, "1 1 0\nunit 1 ends\nunit 0 ends\n", NULL, 0},
    {"killed_supervisor", killed_supervisor, "unit 0 ends\nmain\n", NULL, 0},
    {"killed_while_ending", killed_while_ending, "child ends\nouter has ended\nchild has ended\n", NULL, 0},
    {"storms", storms, "calm\n", "service", 0},
    {"names", names, "named 5\n", NULL, 0},
    {NULL, NULL, NULL, NULL, 0},
};
