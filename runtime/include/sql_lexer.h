/* Placeholders in SQL text: `?` and `$n` outside of quoted text, quoted identifiers, dollar quotes and comments. */
#ifndef MESH_SQL_LEXER_H
#define MESH_SQL_LEXER_H

#include <stddef.h>

typedef struct sql_placeholder {
    size_t from, to; /* its bytes */
    long number;     /* of `$n` (from 1); 0: `?` */
} sql_placeholder;

/* The first placeholder at or behind `at`. 1, or 0 when there is none. */
int sql_next_placeholder(const char *sql, size_t len, size_t at, sql_placeholder *out);

#endif
