/* Messages, links, monitors, exits, terminate blocks, timers, preemption, stacks, the end of the program. */
#include "cases.h"

#include <sys/resource.h>
#include <unistd.h>

static mesh_value nothing(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    return 0;
}

/* ---- receive ---- */

/* Takes the messages that equal `wanted`, or any when it is -1; -2: timed out. */
static int64_t receive_only(mesh_ctx *ctx, int64_t wanted, int64_t timeout_ms) {
    mesh_value view;
    mesh_receive_begin(ctx, timeout_ms);
    while (mesh_receive_next(ctx, &mesh_type_int, &view))
        if (wanted == -1 || (int64_t)view == wanted) return (int64_t)mesh_receive_take(ctx);
    return -2;
}

static mesh_value picky(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    say("%lld", (long long)receive_only(ctx, 3, -1));
    say("%lld", (long long)receive_only(ctx, 9, 0));
    say("%lld", (long long)receive_only(ctx, 9, 20));
    for (int i = 0; i < 3; i++) say("%lld", (long long)receive_only(ctx, -1, -1));
    return 0;
}
ACTOR(Picky, picky, 0, 0, &mesh_type_int);

static void selective(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &Picky);
    for (int i = 1; i <= 4; i++) send_int(ctx, p, i);
}

static mesh_value reads_texts(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    for (int i = 0; i < 4; i++) {
        mesh_value view;
        mesh_receive_begin(ctx, -1);
        mesh_receive_next(ctx, &mesh_type_string, &view);
        const mesh_string *s = mesh_to_ptr(view);
        int64_t seen = s->len;
        mesh_string *own = mesh_to_ptr(mesh_receive_take(ctx));
        own = mesh_string_append(ctx, own, "!", 1);
        CHECK(own->len == seen + 1);
        say("%lld %.*s", (long long)own->len, own->len > 30 ? 3 : (int)own->len, own->data);
        mesh_drop(ctx, own);
    }
    return 0;
}
ACTOR(ReadsTexts, reads_texts, 0, 0, &mesh_type_string);

static void send_text(mesh_ctx *ctx, int64_t pid, const char *text, size_t len) {
    mesh_string *s = mesh_string_new(ctx, text, len);
    mesh_send(ctx, pid, &mesh_type_string, mesh_of_ptr(s));
    mesh_drop(ctx, s);
}

static void texts(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &ReadsTexts);
    char *big = malloc(100000);
    memset(big, 'x', 100000);
    send_text(ctx, p, "short", 5);
    send_text(ctx, p, "longer than what fits", 21);
    send_text(ctx, p, big, 100000);
    send_text(ctx, p, "", 0);
    free(big);
}

static mesh_value ordered(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    for (int64_t i = 0; i < 100000; i++)
        if (receive_int(ctx) != i) say("out of order");
    say("in order");
    return 0;
}
ACTOR(Ordered, ordered, 0, 0, &mesh_type_int);

static void order(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &Ordered);
    for (int64_t i = 0; i < 100000; i++) send_int(ctx, p, i);
}

/* A selective receive looks at each message once, however many arrive while it waits. */
static mesh_value waits_for_last(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    mesh_value view;
    int64_t looked = 0;
    mesh_receive_begin(ctx, -1);
    while (mesh_receive_next(ctx, &mesh_type_int, &view)) {
        looked++;
        if (view == 49999) break;
    }
    mesh_receive_take(ctx);
    say("%lld", (long long)looked);
    return 0;
}
ACTOR(WaitsForLast, waits_for_last, 0, 0, &mesh_type_int);

static void linear(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &WaitsForLast);
    for (int64_t i = 0; i < 50000; i++) {
        send_int(ctx, p, i);
        if (i % 1000 == 0) mesh_yield(ctx->proc);
    }
}

static void wrong_type(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &ReadsTexts);
    send_int(ctx, p, 5);
    for (int i = 0; i < 4; i++) send_text(ctx, p, "text", 4);
}

/* ---- exits ---- */

static mesh_value fragile(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    if (receive_int(ctx) == 0) return 0;
    panic_here(ctx, "broken");
    return 0;
}
ACTOR(Fragile, fragile, 0, 0, &mesh_type_int);

static mesh_value partner_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx;
    say("end of %lld", (long long)args[0]);
    return 0;
}
static mesh_value partner(mesh_ctx *ctx, const mesh_value *args) {
    mesh_link(ctx, (int64_t)args[1]);
    if (args[0] == 3) mesh_process_trap_exit(ctx, true);
    say("%lld got %lld", (long long)args[0], (long long)receive_int(ctx));
    return 0;
}
ACTOR_WITH_END(Partner, partner, partner_end, 2, 0, &mesh_type_int);

static int64_t spawn_partner(mesh_ctx *ctx, int64_t number, int64_t other) {
    mesh_value args[] = {(mesh_value)number, (mesh_value)other};
    return mesh_spawn(ctx, &Partner, args);
}

static void links(mesh_ctx *ctx) {
    int64_t f = spawn0(ctx, &Fragile), one = spawn_partner(ctx, 1, f);
    mesh_timer_sleep(ctx, 20);
    int64_t two = spawn_partner(ctx, 2, one), three = spawn_partner(ctx, 3, two);
    mesh_link(ctx, one);
    mesh_timer_sleep(ctx, 40);
    send_int(ctx, f, 1);
    mesh_timer_sleep(ctx, 60);
    send_int(ctx, three, 33);
    mesh_timer_sleep(ctx, 20);
    int64_t gone = spawn_partner(ctx, 4, f);
    send_int(ctx, gone, 44);
    mesh_timer_sleep(ctx, 20);
}

static void normal_exit_spares_links(mesh_ctx *ctx) {
    int64_t f = spawn0(ctx, &Fragile), one = spawn_partner(ctx, 1, f);
    mesh_timer_sleep(ctx, 20);
    send_int(ctx, f, 0);
    mesh_timer_sleep(ctx, 20);
    send_int(ctx, one, 5);
}

static void print_system(mesh_ctx *ctx, const mesh_type *type, int times) {
    for (int i = 0; i < times; i++) {
        mesh_value view;
        mesh_receive_begin(ctx, 1000);
        if (!mesh_receive_next(ctx, type, &view)) {
            say("nothing");
            continue;
        }
        mesh_data *m = mesh_to_ptr(mesh_receive_take(ctx));
        mesh_string *atom = mesh_to_ptr(m->slot[0]), *reason = mesh_to_ptr(m->slot[1]);
        say("%.*s %.*s", (int)atom->len, atom->data, (int)reason->len, reason->data);
        mesh_drop(ctx, m);
    }
}

static mesh_value monitors_body(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    int64_t a = spawn0(ctx, &Fragile), b = spawn0(ctx, &Fragile), c = spawn0(ctx, &Fragile);
    int64_t first = mesh_process_monitor(ctx, NULL, (mesh_value)a);
    CHECK(first > 0);
    mesh_process_monitor(ctx, NULL, (mesh_value)a);
    send_int(ctx, a, 0);
    print_system(ctx, &down_type, 2);
    mesh_process_monitor(ctx, NULL, (mesh_value)b);
    send_int(ctx, b, 1);
    print_system(ctx, &down_type, 1);
    mesh_process_monitor(ctx, NULL, (mesh_value)a);
    print_system(ctx, &down_type, 1);
    int64_t ref = mesh_process_monitor(ctx, NULL, (mesh_value)c);
    CHECK(mesh_process_demonitor(ctx, ref) == 0);
    CHECK(mesh_process_demonitor(ctx, ref) == 1);
    CHECK(mesh_process_demonitor(ctx, first) == 1);
    mesh_string *kill = mesh_string_from_c(ctx, "kill");
    mesh_process_monitor(ctx, NULL, (mesh_value)c);
    mesh_process_exit(ctx, c, kill);
    mesh_drop(ctx, kill);
    print_system(ctx, &down_type, 1);
    return 0;
}
ACTOR(Monitors, monitors_body, 0, 0, &down_type);
static void monitors(mesh_ctx *ctx) { spawn0(ctx, &Monitors); }

static mesh_value traps_body(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    mesh_process_trap_exit(ctx, true);
    int64_t a = spawn0(ctx, &Fragile), b = spawn0(ctx, &Fragile);
    mesh_link(ctx, a);
    mesh_link(ctx, a);
    mesh_link(ctx, b);
    send_int(ctx, a, 1);
    print_system(ctx, &exit_type, 1);
    send_int(ctx, b, 0);
    print_system(ctx, &exit_type, 1);
    mesh_string *custom = mesh_string_from_c(ctx, "my reason");
    mesh_process_exit(ctx, mesh_self(ctx), custom);
    mesh_drop(ctx, custom);
    print_system(ctx, &exit_type, 1);
    return 0;
}
ACTOR(Traps, traps_body, 0, 0, &exit_type);
static void traps(mesh_ctx *ctx) { spawn0(ctx, &Traps); }

static void exit_text(mesh_ctx *ctx, int64_t pid, const char *text) {
    mesh_string *s = mesh_string_from_c(ctx, text);
    mesh_process_exit(ctx, pid, s);
    mesh_drop(ctx, s);
}

static mesh_value spin_end(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    say("spinner ended");
    return 0;
}
static mesh_value spin(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    for (;;) {
        _Atomic uintptr_t *limit = (_Atomic uintptr_t *)&ctx->abi.stack_limit;
        if ((uintptr_t)__builtin_frame_address(0) < atomic_load_explicit(limit, memory_order_relaxed)) mesh_stack_check(ctx);
    }
    return 0;
}
ACTOR_WITH_END(Spinner, spin, spin_end, 0, 0, NULL);

static mesh_value sleeper(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    mesh_timer_sleep(ctx, 1000000);
    return 0;
}
ACTOR_WITH_END(Sleeper, sleeper, spin_end, 0, 0, NULL);

static void kills(mesh_ctx *ctx) {
    int64_t s = spawn0(ctx, &Spinner), z = spawn0(ctx, &Sleeper);
    mesh_timer_sleep(ctx, 30);
    say("main goes on");
    exit_text(ctx, s, "kill");
    mesh_timer_sleep(ctx, 30);
    exit_text(ctx, z, "any reason");
    exit_text(ctx, z, "kill");
    mesh_timer_sleep(ctx, 30);
    int64_t early = spawn0(ctx, &Sleeper); /* killed before it has run, with one worker */
    exit_text(ctx, early, "kill");
}

/* ---- terminate blocks and the end of the program ---- */

static mesh_value tidy(mesh_ctx *ctx, const mesh_value *args) {
    mesh_string *name = mesh_to_ptr(args[0]);
    if (args[1] == 1) panic_here(ctx, "crash");
    if (args[1] == 2) {
        mesh_drop(ctx, name);
        mesh_value changed[] = {mesh_of_ptr(mesh_string_from_c(ctx, "second round")), 7};
        mesh_actor_set_args(ctx, changed);
        mesh_drop(ctx, mesh_to_ptr(changed[0]));
        return 0;
    }
    if (args[1] == 3) receive_int(ctx);
    mesh_drop(ctx, name);
    return 0;
}
static mesh_value tidy_end(mesh_ctx *ctx, const mesh_value *args) {
    mesh_string *name = mesh_to_ptr(args[0]);
    say("%.*s %lld in <0.%lld>", (int)name->len, name->data, (long long)args[1], (long long)mesh_self(ctx));
    if (args[1] == 1) panic_here(ctx, "in terminate");
    mesh_drop(ctx, name);
    return 0;
}
ACTOR_WITH_END(Tidy, tidy, tidy_end, 2, 1, &mesh_type_int);

static int64_t spawn_tidy(mesh_ctx *ctx, const char *name, int64_t how) {
    mesh_value args[] = {mesh_of_ptr(mesh_string_from_c(ctx, name)), (mesh_value)how};
    int64_t pid = mesh_spawn(ctx, &Tidy, args);
    mesh_drop(ctx, mesh_to_ptr(args[0]));
    return pid;
}

static void terminate(mesh_ctx *ctx) {
    spawn_tidy(ctx, "plain", 0);
    mesh_timer_sleep(ctx, 20);
    spawn_tidy(ctx, "crashing", 1);
    mesh_timer_sleep(ctx, 20);
    spawn_tidy(ctx, "looping", 2);
    mesh_timer_sleep(ctx, 20);
    spawn_tidy(ctx, "waits, older", 3);
    spawn_tidy(ctx, "waits, newer", 3);
    say("main ends");
}

static mesh_value poll_loop(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    say("timed out: %lld", (long long)receive_only(ctx, 1, 60));
    return 0;
}
ACTOR(PollLoop, poll_loop, 0, 0, &mesh_type_int);

static void after_outlives_main(mesh_ctx *ctx) {
    spawn0(ctx, &PollLoop);
    say("main ends");
}

/* ---- timers ---- */

static mesh_value three_messages(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    for (int i = 0; i < 5; i++) say("%lld", (long long)receive_int(ctx));
    return 0;
}
ACTOR(ThreeMessages, three_messages, 0, 0, &mesh_type_int);

static void send_after(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &ThreeMessages), dead = spawn0(ctx, &Fragile);
    mesh_timer_send_after(ctx, &mesh_type_int, p, 60, 3);
    mesh_timer_send_after(ctx, &mesh_type_int, p, 60, 4);
    mesh_timer_send_after(ctx, &mesh_type_int, p, 30, 2);
    mesh_timer_send_after(ctx, &mesh_type_int, p, -5, 1);
    mesh_timer_send_after(ctx, &mesh_type_int, p, 61, 5);
    mesh_timer_send_after(ctx, &mesh_type_int, dead, 1000000, 1); /* does not keep the program alive once it is dead */
    send_int(ctx, dead, 0);
}

static _Atomic int slept;
static mesh_value naps(mesh_ctx *ctx, const mesh_value *args) {
    int64_t before = mesh_now_ns(), ms = (int64_t)args[0];
    mesh_timer_sleep(ctx, ms);
    if (mesh_now_ns() - before < ms * 1000000) say("woken too early");
    if (atomic_fetch_add(&slept, 1) + 1 == 5000) say("all slept");
    return 0;
}
ACTOR(Naps, naps, 1, 0, NULL);
static void sleepers(mesh_ctx *ctx) {
    for (int64_t i = 0; i < 5000; i++) spawn1(ctx, &Naps, (mesh_value)(i * 7 % 50));
}

/* Timeouts that are not reached must not pile up. */
static mesh_value rearms(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    int64_t sum = 0;
    for (int i = 0; i < 20000; i++) sum += receive_only(ctx, -1, i % 2 == 0 ? 3600000 : 7200000);
    say("%lld", (long long)sum);
    return 0;
}
ACTOR(Rearms, rearms, 0, 0, &mesh_type_int);
static void rearm(mesh_ctx *ctx) {
    int64_t p = spawn0(ctx, &Rearms);
    for (int i = 0; i < 20000; i++) {
        send_int(ctx, p, 1);
        mesh_yield(ctx->proc);
    }
}

/* ---- stacks, preemption ---- */

static mesh_value quick(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    say("quick");
    return 0;
}
ACTOR(Quick, quick, 0, 0, NULL);
static mesh_value spin_a_while(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    int64_t end = mesh_now_ns() + 100000000;
    while (mesh_now_ns() < end) {
        _Atomic uintptr_t *limit = (_Atomic uintptr_t *)&ctx->abi.stack_limit;
        if (atomic_load_explicit(limit, memory_order_relaxed) == UINTPTR_MAX) mesh_stack_check(ctx);
    }
    say("spun");
    return 0;
}
ACTOR(SpinAWhile, spin_a_while, 0, 0, NULL);
static void fair(mesh_ctx *ctx) {
    for (int i = 0; i < 3; i++) spawn0(ctx, &SpinAWhile);
    spawn0(ctx, &Quick);
}

static int64_t deep(mesh_ctx *ctx, int64_t n) {
    _Atomic uintptr_t *limit = (_Atomic uintptr_t *)&ctx->abi.stack_limit;
    if ((uintptr_t)__builtin_frame_address(0) < atomic_load_explicit(limit, memory_order_relaxed)) mesh_stack_check(ctx);
    volatile char frame[100];
    frame[n % 100] = 1;
    return n == 0 ? 0 : deep(ctx, n - 1) + frame[n % 100];
}
static mesh_value overflows(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    deep(ctx, 1000000000);
    return 0;
}
ACTOR(Overflows, overflows, 0, 0, NULL);
static void overflow(mesh_ctx *ctx) {
    for (int i = 0; i < 3; i++) spawn0(ctx, &Overflows);
    mesh_timer_sleep(ctx, 50);
    say("%lld", (long long)deep(ctx, 10000));
}
static void overflow_in_main(mesh_ctx *ctx) { deep(ctx, 1000000000); }

static _Atomic int64_t ended;
static mesh_value counts(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx, (void)args;
    atomic_fetch_add(&ended, 1);
    return 0;
}
ACTOR(Counts, counts, 0, 0, NULL);

static int64_t resident_kb(void) {
    long size = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%ld %ld", &size, &resident) != 2) resident = 0;
    if (f != NULL) fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Short-lived actors leave nothing behind. */
static void churn(mesh_ctx *ctx) {
    int64_t before = 0, rounds = SANITIZED ? 5 : 100;
    for (int64_t round = 0; round < rounds; round++) {
        for (int i = 0; i < 2000; i++) spawn0(ctx, &Counts);
        while (atomic_load(&ended) < (round + 1) * 2000) mesh_timer_sleep(ctx, 1);
        if (round == 20) before = resident_kb();
    }
    CHECK(SANITIZED || resident_kb() - before < 20000);
    say("churned");
}

/* ---- waiting without a stack ---- */

static _Atomic int64_t stackless_sum;
static mesh_value stackless_resume(mesh_ctx *ctx, const mesh_value *args) {
    int64_t left = (int64_t)args[0], sum = (int64_t)args[1];
    for (;;) {
        mesh_value view;
        int64_t got = mesh_receive_poll(ctx, &mesh_type_int, &view);
        if (got == 1) {
            sum += (int64_t)mesh_receive_take(ctx);
            if (--left == 0) break;
            mesh_receive_begin(ctx, -1);
            continue;
        }
        mesh_value frame[] = {(mesh_value)left, (mesh_value)sum};
        mesh_receive_stackless(ctx, stackless_resume, frame, 2);
    }
    atomic_fetch_add(&stackless_sum, sum);
    return 0;
}
static mesh_value stackless_body(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    CHECK(mesh_can_wait_stackless(ctx));
    mesh_receive_begin(ctx, -1);
    mesh_value frame[] = {2, 100};
    return stackless_resume(ctx, frame);
}
ACTOR(Stackless, stackless_body, 0, 0, &mesh_type_int);

static void stackless(mesh_ctx *ctx) {
    enum { N = SANITIZED ? 2000 : 20000 };
    int64_t *pids = malloc(N * sizeof *pids), before = resident_kb();
    for (int i = 0; i < N; i++) pids[i] = spawn0(ctx, &Stackless);
    for (int i = 0; i < N; i++) send_int(ctx, pids[i], 1);
    mesh_timer_sleep(ctx, 100);
    CHECK(SANITIZED || (resident_kb() - before) * 1024 / N < 1500);
    for (int i = 0; i < N; i++) send_int(ctx, pids[i], 2);
    while (atomic_load(&stackless_sum) != N * 103LL) mesh_timer_sleep(ctx, 1);
    free(pids);
    say("all resumed");
}

static mesh_value nap_resume(mesh_ctx *ctx, const mesh_value *args) {
    (void)ctx;
    say("slept, %lld", (long long)args[4]);
    return 0;
}
static mesh_value nap_body(mesh_ctx *ctx, const mesh_value *args) {
    (void)args;
    mesh_value frame[] = {1, 2, 3, 4, 5};
    mesh_sleep_stackless(ctx, 20, nap_resume, frame, 5);
}
ACTOR(NapsStackless, nap_body, 0, 0, NULL);
static void stackless_sleep(mesh_ctx *ctx) { spawn0(ctx, &NapsStackless); }

static void main_panics(mesh_ctx *ctx) {
    say("before");
    panic_here(ctx, "the end");
}

static void hello(mesh_ctx *ctx) {
    (void)ctx;
    say("hello");
}

static void many(mesh_ctx *ctx) {
    ACTOR(Nothing, nothing, 0, 0, NULL);
    for (int i = 0; i < (SANITIZED ? 5000 : 50000); i++) spawn0(ctx, &Nothing);
    say("spawned");
}

const test_case process_cases[] = {
    {"hello", hello, "hello\n", NULL, 0},
    {"selective", selective, "3\n-2\n-2\n1\n2\n4\n", NULL, 0},
    {"texts", texts, "6 short!\n22 longer than what fits!\n100001 xxx\n1 !\n", NULL, 0},
    {"order", order, "in order\n", NULL, 0},
    {"linear", linear, "50000\n", NULL, 0},
    {"wrong_type", wrong_type, "5 text!\n5 text!\n5 text!\n5 text!\n",
     "[mesh-rt] actor <0.1>: discarded message of unexpected type", 0},
    {"links", links, "end of 1\nend of 2\n3 got 33\nend of 3\n4 got 44\nend of 4\n",
     "Mesh panic at test.mpl:7: broken\n", 0},
    {"normal_exit_spares_links", normal_exit_spares_links, "1 got 5\nend of 1\n", NULL, 0},
    {"monitors", monitors, "down normal\ndown normal\ndown broken\ndown noproc\ndown killed\n", "broken", 0},
    {"traps", traps, "exit broken\nexit normal\nexit my reason\n", "broken", 0},
    {"kills", kills, "main goes on\nspinner ended\nspinner ended\nspinner ended\n", NULL, 0},
    {"terminate", terminate,
     "plain 0 in <0.1>\ncrashing 1 in <0.2>\nsecond round 7 in <0.3>\nmain ends\nwaits, newer 3 in <0.5>\nwaits, older 3 in "
     "<0.4>\n",
     "in terminate", 0},
    {"after_outlives_main", after_outlives_main, "main ends\ntimed out: -2\n", NULL, 0},
    {"send_after", send_after, "1\n2\n3\n4\n5\n", NULL, 0},
    {"sleepers", sleepers, "all slept\n", NULL, 0},
    {"rearm", rearm, "20000\n", NULL, 0},
    {"fair", fair, "quick\nspun\nspun\nspun\n", NULL, 0},
    {"overflow", overflow, "10000\n", "stack overflow", 0},
    {"overflow_in_main", overflow_in_main, "", "stack overflow", 134},
    {"churn", churn, "churned\n", NULL, 0},
    {"stackless", stackless, "all resumed\n", NULL, 0},
    {"stackless_sleep", stackless_sleep, "slept, 5\n", NULL, 0},
    {"main_panics", main_panics, "before\n", "Mesh panic at test.mpl:7: the end\n", 134},
    {"many", many, "spawned\n", NULL, 0},
    {NULL, NULL, NULL, NULL, 0},
};
