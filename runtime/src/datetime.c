/* DateTime: milliseconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar. */
#include "mesh_stdlib.h"

#include <string.h>
#include <time.h>

static const int64_t day_ms = 86400000, range_min = -8334601228800000, range_max = 8210266876799999;

/* Days since 1970 of a date, and back: eras of 400 years that begin in March (Howard Hinnant, chrono-compatible low-level date
 * algorithms, 2013). */
static int64_t days_of(int64_t year, unsigned month, unsigned day) {
    year -= month <= 2;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned of_era = (unsigned)(year - era * 400);
    unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + (int64_t)(of_era * 365 + of_era / 4 - of_era / 100 + of_year) - 719468;
}

static void date_of(int64_t days, int64_t *year, unsigned *month, unsigned *day) {
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    unsigned of_era = (unsigned)(days - era * 146097);
    unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)year_of_era + era * 400 + (*month <= 2);
}

static unsigned days_in(int64_t year, unsigned month) {
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

int64_t mesh_datetime_utc_now(mesh_ctx *ctx) {
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- text ------------------------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *at, *end;
    bool failed;
} reader;

static unsigned read_digits(reader *r, int count) {
    unsigned n = 0;
    for (int i = 0; i < count; i++) {
        if (r->at == r->end || *r->at < '0' || *r->at > '9') {
            r->failed = true;
            return 0;
        }
        n = n * 10 + (unsigned)(*r->at++ - '0');
    }
    return n;
}

static bool accept(reader *r, const char *any_of) {
    if (r->failed || r->at == r->end || *r->at == 0 || strchr(any_of, *r->at) == NULL) return false;
    r->at++;
    return true;
}

static void expect(reader *r, const char *any_of) {
    if (!accept(r, any_of)) r->failed = true;
}

/* Minutes east of UTC. */
static int64_t read_offset(reader *r) {
    if (accept(r, "Zz")) return 0;
    bool negative = false;
    if (r->end - r->at >= 3 && memcmp(r->at, "\xe2\x88\x92", 3) == 0) { /* U+2212, the minus sign */
        negative = true;
        r->at += 3;
    } else {
        negative = r->at < r->end && *r->at == '-';
        expect(r, "+-");
    }
    unsigned hours = read_digits(r, 2);
    expect(r, ":");
    unsigned minutes = read_digits(r, 2);
    if (hours > 23 || minutes > 59) r->failed = true;
    int64_t offset = (int64_t)hours * 60 + minutes;
    return negative ? -offset : offset;
}

mesh_obj *mesh_datetime_from_iso8601(mesh_ctx *ctx, mesh_string *text) {
    reader r = {text->data, text->data + text->len, false};
    int64_t year = read_digits(&r, 4);
    expect(&r, "-");
    unsigned month = read_digits(&r, 2);
    expect(&r, "-");
    unsigned day = read_digits(&r, 2);
    expect(&r, "Tt ");
    unsigned hour = read_digits(&r, 2);
    expect(&r, ":");
    unsigned minute = read_digits(&r, 2);
    expect(&r, ":");
    unsigned second = read_digits(&r, 2), ms = 0;
    if (accept(&r, ".")) {
        int digits = 0;
        for (unsigned scale = 100; r.at < r.end && *r.at >= '0' && *r.at <= '9'; r.at++, digits++, scale /= 10)
            ms += (unsigned)(*r.at - '0') * scale;
        if (digits == 0) r.failed = true;
    }
    int64_t offset = read_offset(&r);
    if (r.failed || r.at != r.end || month < 1 || month > 12 || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return mesh_err_text(ctx, "invalid ISO 8601 datetime");
    int64_t seconds = days_of(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset * 60;
    return mesh_ok_word(ctx, (mesh_value)(seconds * 1000 + ms));
}

mesh_string *mesh_datetime_to_iso8601(mesh_ctx *ctx, int64_t time) {
    int64_t days = time / day_ms, rest = time % day_ms;
    if (rest < 0) days--, rest += day_ms;
    int64_t year;
    unsigned month, day, ms = (unsigned)rest;
    date_of(days, &year, &month, &day);
    const char *sign = year < 0 ? "-" : year > 9999 ? "+" : "";
    return mesh_string_format(ctx, "%s%04lld-%02u-%02uT%02u:%02u:%02u.%03uZ", sign, (long long)(year < 0 ? -year : year), month, day,
                              ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------------ */

mesh_obj *mesh_datetime_from_unix_ms(mesh_ctx *ctx, int64_t ms) {
    if (ms < range_min || ms > range_max) return mesh_err_text(ctx, "unix timestamp out of range");
    return mesh_ok_word(ctx, (mesh_value)ms);
}

int64_t mesh_datetime_to_unix_ms(mesh_ctx *ctx, int64_t time) { return (void)ctx, time; }

mesh_obj *mesh_datetime_from_unix_secs(mesh_ctx *ctx, int64_t seconds) {
    if (seconds < range_min / 1000 || seconds > range_max / 1000) return mesh_err_text(ctx, "unix timestamp out of range");
    return mesh_ok_word(ctx, (mesh_value)(seconds * 1000));
}

int64_t mesh_datetime_to_unix_secs(mesh_ctx *ctx, int64_t time) { return (void)ctx, time / 1000; }

static int64_t unit_ms(mesh_ctx *ctx, const mesh_obj *unit, const char *function) {
    static const struct { const char *name; int64_t ms; } units[] = {
        {"ms", 1}, {"second", 1000}, {"minute", 60000}, {"hour", 3600000}, {"day", 86400000}, {"week", 604800000},
    };
    const mesh_string *name = (const mesh_string *)unit;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if ((size_t)name->len == strlen(units[i].name) && memcmp(name->data, units[i].name, (size_t)name->len) == 0) return units[i].ms;
    mesh_panic(ctx, "%s: unknown unit \"%.*s\"; valid units are :ms, :second, :minute, :hour, :day, :week", function, (int)name->len,
               name->data);
}

int64_t mesh_datetime_add(mesh_ctx *ctx, int64_t time, int64_t n, mesh_obj *unit) {
    int64_t ms, sum;
    if (__builtin_mul_overflow(n, unit_ms(ctx, unit, "DateTime.add"), &ms) || __builtin_add_overflow(time, ms, &sum) ||
        sum < range_min || sum > range_max)
        mesh_panic(ctx, "DateTime.add: result out of range");
    return sum;
}

double mesh_datetime_diff(mesh_ctx *ctx, int64_t a, int64_t b, mesh_obj *unit) {
    return (double)(a - b) / (double)unit_ms(ctx, unit, "DateTime.diff"); /* the range of DateTime cannot overflow */
}

bool mesh_datetime_before(mesh_ctx *ctx, int64_t a, int64_t b) { return (void)ctx, a < b; }
bool mesh_datetime_after(mesh_ctx *ctx, int64_t a, int64_t b) { return (void)ctx, a > b; }
