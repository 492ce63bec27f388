/* JSON for derived code: what lowering calls to encode and decode values without building a tree.
 *
 * A Json value is a string object that holds canonical text: compact, object keys sorted by bytes and unique, numbers and
 * strings in the one form of io.md 8.3. Embedding one in another is an append; `Json` where a String is needed is the
 * object itself.
 *
 * Encoding
 * --------
 * A type's encoder takes a buffer it owns and gives it back: `enc_T(buffer, value) -> buffer`. A buffer is a unique string
 * (mesh_json_buffer); every mesh_json_put_* takes the reference and gives the buffer, which may have moved.
 *
 *     struct Line {sku, qty, note}:  b = mesh_json_put_raw(b, `{"note":`)        (fields sorted by name; the text between
 *                                    b = enc_Option_String(b, value.note)         two values is one literal)
 *                                    b = mesh_json_put_raw(b, `,"qty":`)
 *                                    b = mesh_json_put_int(b, value.qty)
 *                                    b = mesh_json_put_raw(b, `,"sku":`)
 *                                    b = mesh_json_put_string(b, value.sku)
 *                                    b = mesh_json_put_raw(b, `}`)
 *     Option: None is put_raw `null`.    Lists: `[`, elements separated by `,`, `]`.
 *     Map<String, V>: order = mesh_json_map_order(map) is a List<Int> of positions sorted by key; for each position p:
 *                     put_string(b, mesh_map_key_at(map, p)), put_raw `:`, enc_V(b, mesh_map_value_at(map, p)).
 *     Json: put_raw(b, value).    unit: put_raw `null`.
 *     Variant: `{"fields":[` payload in order `],"tag":"Name"}`.
 *
 * `Json.encode(x)` and `x.to_json()` are enc_T(mesh_json_buffer(), x): the buffer is the String, or the Json, as it is. The
 * `to_json` operation of a descriptor gives the same. A `json { }` literal is the same text with its keys sorted (of
 * duplicate keys the last counts).
 *
 * Decoding
 * --------
 * `T.from_json(text)`: doc = mesh_json_open(text); value = dec_T(doc, 0); when mesh_json_failed(doc), the result is
 * Err(mesh_json_error(doc)), else Ok(value). A decoder is `dec_T(doc, pos) -> T`: `pos` is a position in the parsed document (0 is
 * the root). The first failure is kept in doc and later ones change nothing; after a failure every accessor gives a harmless
 * value of its type (0, false, "", empty list), so a decoder checks mesh_json_failed where it could not go on: before it builds a value of
 * a user type from parts, and in loops. When a syntax error is found, mesh_json_open has failed already.
 *
 *     doc is a data object: counted slots 0 text, 1 tape, 2 error; scalar slot 3 failed (0 or 1), so
 *     `Field(doc, 3)` is mesh_json_failed without a call.
 *
 *     struct: f = mesh_json_fields(doc, pos, table) is a List<Int>: for each field, in the order of the table, the position
 *             of the member's value, or -1. Then in declaration order: when f[i] < 0, mesh_json_missing(doc, "name") (or
 *             None for an Option field), else dec_F(doc, f[i]). The table is constant data of words:
 *             {n, then for each field: prefix, length, address of the name}; prefix is the first 8 bytes of
 *             the name, little endian, padded with zeros. Sorted by name is best: our own encoder writes that order.
 *     Option: mesh_json_is_null(doc, pos) is None, else Some.
 *     List:   n = mesh_json_array(doc, pos) is the number of elements (0 after a failure), p = mesh_json_first(doc, pos);
 *             n times: dec_E(doc, p), p = mesh_json_after(doc, p).
 *     Map:    n = mesh_json_object(doc, pos), p = mesh_json_first(doc, pos); n times: key = mesh_json_key(doc, p) (fresh),
 *             dec_V(doc, mesh_json_member(doc, p)), p = mesh_json_after(doc, mesh_json_member(doc, p)); later duplicates win by mesh_map_put.
 *     Json:   mesh_json_value(doc, pos).
 *     sum:    t = mesh_json_variant(doc, pos, table, "Type") is the tag, or -1 after a failure; table as above, the names in
 *             order of their tags. Payload field i: dec_F(doc, mesh_json_payload_at(doc, pos, i)), where a position of -1 has
 *             set the error (accessors accept it).
 */
#ifndef MESH_JSON_H
#define MESH_JSON_H

#include "mesh.h"

mesh_string *mesh_json_buffer(mesh_ctx *ctx);
mesh_string *mesh_json_put_raw(mesh_ctx *ctx, mesh_string *owned, mesh_string *text);
mesh_string *mesh_json_put_string(mesh_ctx *ctx, mesh_string *owned, mesh_string *s); /* quoted and escaped */
mesh_string *mesh_json_put_int(mesh_ctx *ctx, mesh_string *owned, int64_t n);
mesh_string *mesh_json_put_float(mesh_ctx *ctx, mesh_string *owned, double x);
mesh_string *mesh_json_put_bool(mesh_ctx *ctx, mesh_string *owned, bool b);
mesh_list *mesh_json_map_order(mesh_ctx *ctx, mesh_obj *map); /* List<Int> */

mesh_obj *mesh_json_open(mesh_ctx *ctx, mesh_string *text);
bool mesh_json_failed(mesh_ctx *ctx, mesh_obj *doc);
mesh_string *mesh_json_error(mesh_ctx *ctx, mesh_obj *doc);
void mesh_json_fail(mesh_ctx *ctx, mesh_obj *doc, mesh_string *message); /* keeps an earlier failure */
void mesh_json_missing(mesh_ctx *ctx, mesh_obj *doc, mesh_string *name); /* missing field: NAME */

int64_t mesh_json_take_int(mesh_ctx *ctx, mesh_obj *doc, int64_t pos); /* expected Int; truncates a float */
double mesh_json_take_float(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
bool mesh_json_take_bool(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
mesh_string *mesh_json_take_string(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
mesh_string *mesh_json_value(mesh_ctx *ctx, mesh_obj *doc, int64_t pos); /* as a Json value */
bool mesh_json_is_null(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);

int64_t mesh_json_array(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);  /* expected Array */
int64_t mesh_json_object(mesh_ctx *ctx, mesh_obj *doc, int64_t pos); /* expected Object */
int64_t mesh_json_first(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
int64_t mesh_json_after(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
mesh_string *mesh_json_key(mesh_ctx *ctx, mesh_obj *doc, int64_t pos);
int64_t mesh_json_member(mesh_ctx *ctx, mesh_obj *doc, int64_t pos); /* the value of the key at pos */

mesh_list *mesh_json_fields(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, const void *table);
int64_t mesh_json_variant(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, const void *table, mesh_string *type_name);
int64_t mesh_json_payload_at(mesh_ctx *ctx, mesh_obj *doc, int64_t pos, int64_t index);

#endif
