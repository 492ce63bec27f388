/* Tests of processes: each case is the entry of a program of its own, run by run.sh, which compares output and status. */
#ifndef CASES_H
#define CASES_H

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mesh_stdlib.h"
#include "process.h"

/* Sanitizers make processes dear. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

typedef struct test_case {
    const char *name;
    void (*run)(mesh_ctx *ctx);
    const char *output; /* exact standard output */
    const char *stderr_part; /* NULL: standard error is empty */
    int status;
} test_case;

extern const test_case process_cases[], service_cases[], native_cases[];

/* One write a line, as println does. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define CHECK(condition)                                                  \
    do {                                                                  \
        if (!(condition)) say("%s:%d: %s", __FILE__, __LINE__, #condition); \
    } while (0)

#define ACTOR(name_, body_, nargs_, mask_, message_) \
    static const mesh_actor_table name_ = {#name_, body_, NULL, nargs_, mask_, message_}
#define ACTOR_WITH_END(name_, body_, end_, nargs_, mask_, message_) \
    static const mesh_actor_table name_ = {#name_, body_, end_, nargs_, mask_, message_}

extern const mesh_type down_type, exit_type;

int64_t spawn0(mesh_ctx *ctx, const mesh_actor_table *actor);
int64_t spawn1(mesh_ctx *ctx, const mesh_actor_table *actor, mesh_value a);
void send_int(mesh_ctx *ctx, int64_t pid, int64_t n);
int64_t receive_int(mesh_ctx *ctx); /* the oldest */
void panic_here(mesh_ctx *ctx, const char *text); /* at test.mpl:7 */
mesh_closure *closure(mesh_ctx *ctx, void *code, int64_t n, const mesh_value *captures); /* raw captures */

#endif
