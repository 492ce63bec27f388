/* IO: standard output, error and input. */
#include "mesh_stdlib.h"
#include "utf8.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Writes everything; an error (a closed pipe) is ignored: the program goes on. */
static void write_all(int fd, const char *text, size_t len, bool newline) {
    struct iovec part[2] = {{(void *)(uintptr_t)text, len}, {(void *)(uintptr_t)"\n", newline}};
    while (part[0].iov_len + part[1].iov_len > 0) {
        bool only_newline = part[0].iov_len == 0;
        ssize_t n = writev(fd, part + only_newline, only_newline ? 1 : 2);
        if (n < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) return;
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
            continue;
        }
        size_t first = (size_t)n < part[0].iov_len ? (size_t)n : part[0].iov_len;
        part[0].iov_base = (char *)part[0].iov_base + first;
        part[0].iov_len -= first;
        part[1].iov_len -= (size_t)n - first;
    }
}

void mesh_println(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    write_all(STDOUT_FILENO, text->data, (size_t)text->len, true);
}

void mesh_print(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    write_all(STDOUT_FILENO, text->data, (size_t)text->len, false);
}

void mesh_io_eprintln(mesh_ctx *ctx, mesh_string *text) {
    (void)ctx;
    write_all(STDERR_FILENO, text->data, (size_t)text->len, true);
}

/* ---- standard input: one buffer for all processes ------------------------------------------------------------------- */

static pthread_mutex_t input_lock = PTHREAD_MUTEX_INITIALIZER;
static char *input; /* [input_start, input_end) was read and not yet given out */
static size_t input_start, input_end, input_cap;

typedef struct {
    char *line; /* without its line end */
    size_t len;
    int error;
} line_job;

/* Under the lock: takes the line that ends at `stop` (a newline, or the end of input). */
static void take_line(line_job *job, size_t stop, bool newline) {
    size_t len = stop - input_start;
    if (newline && len > 0 && input[stop - 1] == '\r') len--;
    job->line = malloc(len + 1);
    if (job->line == NULL) {
        job->error = ENOMEM;
        return;
    }
    if (len > 0) memcpy(job->line, input + input_start, len);
    job->len = len;
    input_start = stop + newline;
    if (input_start == input_end) input_start = input_end = 0;
}

static bool take_buffered(line_job *job, size_t from) {
    if (input_end == from) return false;
    const char *end = memchr(input + from, '\n', input_end - from);
    if (end == NULL) return false;
    take_line(job, (size_t)(end - input), true);
    return true;
}

static void read_line(void *data) {
    line_job *job = data;
    pthread_mutex_lock(&input_lock);
    size_t seen = input_start;
    while (!take_buffered(job, seen)) {
        seen = input_end;
        if (input_start > 0 && input_end == input_cap) {
            memmove(input, input + input_start, input_end - input_start);
            seen -= input_start, input_end -= input_start, input_start = 0;
        }
        if (input_end == input_cap) {
            size_t cap = input_cap ? input_cap * 2 : 65536;
            char *grown = realloc(input, cap);
            if (grown == NULL) {
                job->error = ENOMEM;
                break;
            }
            input = grown, input_cap = cap;
        }
        ssize_t n = read(STDIN_FILENO, input + input_end, input_cap - input_end);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
            poll(&wait, 1, -1);
            continue;
        }
        if (n <= 0) {
            if (n < 0) job->error = errno;
            else take_line(job, input_end, false);
            break;
        }
        input_end += (size_t)n;
    }
    pthread_mutex_unlock(&input_lock);
}

static void discard_line(void *data) {
    free(((line_job *)data)->line);
    free(data);
}

mesh_obj *mesh_io_read_line(mesh_ctx *ctx) {
    line_job *job = calloc(1, sizeof *job);
    if (job == NULL) return mesh_err_text(ctx, "out of memory");
    bool ready = false;
    if (pthread_mutex_trylock(&input_lock) == 0) { /* a buffered line needs no thread */
        ready = take_buffered(job, input_start);
        pthread_mutex_unlock(&input_lock);
    }
    if (!ready && mesh_run_blocking(ctx, read_line, job, discard_line) != 0) return mesh_err_text(ctx, "interrupted");
    mesh_obj *result;
    if (job->error != 0) result = mesh_err_text(ctx, "%s (os error %d)", strerror(job->error), job->error);
    else if (!utf8_valid(job->line, job->len)) result = mesh_err_text(ctx, "stream did not contain valid UTF-8");
    else result = mesh_ok_ptr(ctx, mesh_string_new(ctx, job->line, job->len));
    discard_line(job);
    return result;
}
