/* The boundary to RE2, in C. Compiled expressions are immutable and counted, shared by all processes and threads. */
#ifndef MESH_REGEX_ENGINE_H
#define MESH_REGEX_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mesh_rx mesh_rx;

/* Flags: letters of "ims". NULL: invalid, *error is a malloc'ed message (NULL out of memory). */
mesh_rx *mesh_rx_compile(const char *pattern, size_t len, const char *flags, char **error);
void mesh_rx_retain(mesh_rx *rx);
void mesh_rx_release(mesh_rx *rx);
int mesh_rx_groups(const mesh_rx *rx); /* without group 0 */
int mesh_rx_group(const mesh_rx *rx, const char *name, size_t len); /* number of a named group, or -1 */

/* The leftmost match from byte `from` on. span[2 * g], span[2 * g + 1]: bounds of group g, -1 when it took no part; room for n groups. */
bool mesh_rx_match(const mesh_rx *rx, const char *text, size_t len, size_t from, int64_t *span, int n);

/* Rewrites a pattern of the language to one of RE2 (regex_pattern.c): Unicode classes, class operators, the x flag. A malloc'ed
 * text, or NULL and *error (constant text) where RE2 has no equivalent. */
char *mesh_rx_translate(const char *pattern, size_t len, const char **error);

#ifdef __cplusplus
}
#endif

#endif
