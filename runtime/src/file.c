/* File: whole text files, on the threads for blocking work. Env: environment and command line. */
#include "mesh_heap.h"
#include "mesh_stdlib.h"
#include "scheduler.h"
#include "text.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum file_operation { FILE_READ, FILE_WRITE, FILE_APPEND, FILE_EXISTS, FILE_DELETE };

/* A job owns its inputs: the process may be gone before it is done. */
typedef struct {
    enum file_operation operation;
    int error;
    bool no_text;
    size_t len;
    mesh_shared *content; /* read: the bytes; write: a count of the text's bytes, or NULL */
    const char *from; /* write: the text, in `content` or behind the path */
    char path[];
} file_job;

static void read_file(file_job *job) {
    int fd = open(job->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        job->error = errno;
        return;
    }
    struct stat info;
    size_t cap = fstat(fd, &info) == 0 && info.st_size > 0 ? (size_t)info.st_size + 1 : 4096; /* one more: to see the end */
    job->content = mesh_shared_new(cap);
    while (job->content != NULL) {
        if (job->len == job->content->cap) {
            mesh_shared *grown = realloc(job->content, sizeof *grown + 2 * job->content->cap);
            if (grown == NULL) {
                job->error = ENOMEM;
                break;
            }
            grown->cap *= 2;
            job->content = grown;
        }
        ssize_t n = read(fd, job->content->bytes + job->len, job->content->cap - job->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) job->error = errno;
        if (n <= 0) break;
        job->len += (size_t)n;
    }
    if (job->content == NULL) job->error = ENOMEM;
    close(fd);
    if (job->error == 0) job->no_text = !utf8_valid(job->content->bytes, job->len);
}

static void write_file(file_job *job) {
    int how = O_WRONLY | O_CREAT | O_CLOEXEC | (job->operation == FILE_APPEND ? O_APPEND : O_TRUNC);
    int fd = open(job->path, how, 0666);
    if (fd < 0) {
        job->error = errno;
        return;
    }
    for (size_t done = 0; done < job->len;) {
        ssize_t n = write(fd, job->from + done, job->len - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) {
            job->error = errno;
            break;
        }
        done += (size_t)n;
    }
    if (close(fd) != 0 && job->error == 0) job->error = errno;
}

static void run_job(void *data) {
    file_job *job = data;
    struct stat info;
    switch (job->operation) {
    case FILE_READ: read_file(job); break;
    case FILE_WRITE:
    case FILE_APPEND: write_file(job); break;
    case FILE_EXISTS: job->error = stat(job->path, &info) != 0; break;
    case FILE_DELETE:
        if (unlink(job->path) != 0) job->error = errno;
        break;
    }
}

static void destroy_job(void *data) {
    file_job *job = data;
    if (job->content != NULL) mesh_shared_release(job->content);
    free(job);
}

/* Runs the operation; NULL when it could not (out of memory, or the caller is asked to end). */
static file_job *run(mesh_ctx *ctx, enum file_operation operation, mesh_string *path, mesh_string *text) {
    mesh_shared *shared = text != NULL ? mesh_string_share(text) : NULL;
    size_t copied = text != NULL && shared == NULL ? (size_t)text->len : 0;
    file_job *job = calloc(1, sizeof *job + (size_t)path->len + 1 + copied);
    if (job == NULL) {
        if (shared != NULL) mesh_shared_release(shared);
        return NULL;
    }
    job->operation = operation;
    memcpy(job->path, path->data, (size_t)path->len);
    if (text != NULL) {
        job->len = (size_t)text->len;
        job->content = shared;
        job->from = text->data;
        if (shared == NULL) job->from = memcpy(job->path + path->len + 1, text->data, copied);
    }
    if (memchr(path->data, 0, (size_t)path->len) != NULL) job->error = EINVAL; /* no path of the system has a NUL */
    else if (mesh_run_blocking(ctx, run_job, job, destroy_job) != 0) return NULL;
    return job;
}

static mesh_obj *error_result(mesh_ctx *ctx, int error) { return mesh_err_text(ctx, "%s (os error %d)", strerror(error), error); }

mesh_obj *mesh_file_read(mesh_ctx *ctx, mesh_string *path) {
    file_job *job = run(ctx, FILE_READ, path, NULL);
    if (job == NULL) return mesh_err_text(ctx, "interrupted");
    mesh_obj *result;
    if (job->error != 0) {
        result = error_result(ctx, job->error);
    } else if (job->no_text) {
        result = mesh_err_text(ctx, "stream did not contain valid UTF-8");
    } else if (job->len <= MESH_STRING_OWN_MAX) {
        result = mesh_ok_ptr(ctx, mesh_string_new(ctx, job->content->bytes, job->len));
    } else { /* the string takes the bytes as they are */
        mesh_string *s = mesh_string_of_shared(ctx, job->content, job->content->bytes, job->len);
        job->content = NULL;
        result = mesh_ok_ptr(ctx, s);
    }
    destroy_job(job);
    return result;
}

static mesh_obj *unit_result(mesh_ctx *ctx, file_job *job) {
    if (job == NULL) return mesh_err_text(ctx, "interrupted");
    mesh_obj *result = job->error != 0 ? error_result(ctx, job->error) : mesh_ok_word(ctx, 0);
    destroy_job(job);
    return result;
}

mesh_obj *mesh_file_write(mesh_ctx *ctx, mesh_string *path, mesh_string *text) {
    return unit_result(ctx, run(ctx, FILE_WRITE, path, text));
}

mesh_obj *mesh_file_append(mesh_ctx *ctx, mesh_string *path, mesh_string *text) {
    return unit_result(ctx, run(ctx, FILE_APPEND, path, text));
}

mesh_obj *mesh_file_delete(mesh_ctx *ctx, mesh_string *path) { return unit_result(ctx, run(ctx, FILE_DELETE, path, NULL)); }

bool mesh_file_exists(mesh_ctx *ctx, mesh_string *path) {
    file_job *job = run(ctx, FILE_EXISTS, path, NULL);
    if (job == NULL) return false;
    bool exists = job->error == 0;
    destroy_job(job);
    return exists;
}

/* ---- Env ------------------------------------------------------------------------------------------------------------------- */

/* The variable when it is set to a text; NULL otherwise. */
static const char *variable(mesh_string *name) {
    char local[256], *copy = local;
    if (name->len == 0 || memchr(name->data, 0, (size_t)name->len) || memchr(name->data, '=', (size_t)name->len)) return NULL;
    if ((size_t)name->len >= sizeof local && (copy = malloc((size_t)name->len + 1)) == NULL) return NULL;
    memcpy(copy, name->data, (size_t)name->len);
    copy[name->len] = 0;
    const char *value = getenv(copy);
    if (copy != local) free(copy);
    return value != NULL && utf8_valid(value, strlen(value)) ? value : NULL;
}

mesh_string *mesh_env_get_with_default(mesh_ctx *ctx, mesh_string *name, mesh_string *fallback) {
    const char *value = variable(name);
    return value != NULL ? mesh_string_from_c(ctx, value) : mesh_dup(fallback);
}

mesh_obj *mesh_env_get(mesh_ctx *ctx, mesh_string *name) {
    const char *value = variable(name);
    return value != NULL ? mesh_some_ptr(ctx, mesh_string_from_c(ctx, value)) : mesh_none();
}

int64_t mesh_env_get_int(mesh_ctx *ctx, mesh_string *name, int64_t fallback) {
    (void)ctx;
    const char *value = variable(name);
    if (value == NULL) return fallback;
    bool negative = *value == '-';
    const char *digit = value + (*value == '-' || *value == '+');
    uint64_t n = 0, limit = negative ? (uint64_t)1 << 63 : INT64_MAX;
    if (*digit == 0) return fallback;
    for (; *digit != 0; digit++) {
        unsigned d = (unsigned)(unsigned char)*digit - '0';
        if (d > 9 || n > (limit - d) / 10) return fallback;
        n = n * 10 + d;
    }
    return (int64_t)(negative ? 0 - n : n);
}

mesh_list *mesh_env_args(mesh_ctx *ctx) {
    mesh_list *list = mesh_list_new(ctx, &mesh_type_string, mesh_argc);
    for (int i = 0; i < mesh_argc; i++)
        list = mesh_list_push(ctx, &mesh_type_string, list, mesh_of_ptr(mesh_string_from_c(ctx, mesh_argv[i])));
    return list;
}
