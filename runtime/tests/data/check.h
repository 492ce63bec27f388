/* A test program in one header: CHECK counts, and the end of main reports. A panic of the runtime lands in PANICS. */
#ifndef CHECK_H
#define CHECK_H

#include "mesh_ctx.h"
#include "mesh_stdlib.h"
#include "text.h"

/* what lowering calls without an interface file */
int64_t mesh_hash_int(mesh_ctx *ctx, int64_t n);
int64_t mesh_hash_bool(mesh_ctx *ctx, bool b);
int64_t mesh_hash_string(mesh_ctx *ctx, mesh_string *s);
int64_t mesh_hash_combine(mesh_ctx *ctx, int64_t h, int64_t next);

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int failures, checks;
extern jmp_buf panic_jump;
extern char panic_text[512];

#define CHECK(condition)                                                             \
    do {                                                                             \
        checks++;                                                                    \
        if (!(condition)) failures++, printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    } while (0)

#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, (actual), (expected))
#define PANICS(expression, message)                                  \
    do {                                                             \
        panic_text[0] = 0;                                           \
        if (setjmp(panic_jump) == 0) (void)(expression);             \
        check_c_text(__FILE__, __LINE__, panic_text, (message));     \
    } while (0)

void check_c_text(const char *file, int line, const char *actual, const char *expected);

static inline void check_text(const char *file, int line, const mesh_string *actual, const char *expected) {
    char copy[4096];
    snprintf(copy, sizeof copy, "%.*s", (int)actual->len, actual->data);
    check_c_text(file, line, copy, expected);
}

static inline uint64_t next_random(uint64_t *state) { /* xorshift64 (Marsaglia, 2003) */
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state;
}

mesh_ctx *new_heap(void);      /* a context with an empty heap */
void end_heap(mesh_ctx *ctx);  /* checks that no object lives (checking build), frees it */

void test_numbers(void);
void test_strings(void);
void test_lists(void);
void test_maps(void);
void test_flat(void);
void test_json(void);

#endif
