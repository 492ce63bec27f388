// RE2 behind a C interface. Nothing here throws to the caller.
#include "regex_engine.h"

#include <re2/re2.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <vector>

struct mesh_rx {
    mesh_rx(const std::string &pattern, const RE2::Options &options) : count(1), engine(pattern, options) {}
    std::atomic<int64_t> count;
    RE2 engine;
};

extern "C" mesh_rx *mesh_rx_compile(const char *pattern, size_t len, const char *flags, char **error) {
    const char *reason = nullptr;
    char *translated = mesh_rx_translate(pattern, len, &reason);
    mesh_rx *rx = nullptr;
    *error = nullptr;
    try {
        if (translated != nullptr) {
            RE2::Options options;
            options.set_log_errors(false);
            std::string whole = *flags == 0 ? "" : std::string("(?") + flags + ")";
            rx = new mesh_rx(whole + translated, options);
            if (!rx->engine.ok()) reason = rx->engine.error().c_str();
        }
        if (reason != nullptr) {
            std::string message = "regex parse error:\n    " + std::string(pattern, len) + "\n    ^\nerror: " + reason;
            *error = strdup(message.c_str());
        }
    } catch (const std::bad_alloc &) {
        reason = "out of memory";
    }
    free(translated);
    if (reason == nullptr) return rx;
    delete rx;
    return nullptr;
}

extern "C" void mesh_rx_retain(mesh_rx *rx) { rx->count.fetch_add(1, std::memory_order_relaxed); }

extern "C" void mesh_rx_release(mesh_rx *rx) {
    if (rx->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete rx;
}

extern "C" int mesh_rx_groups(const mesh_rx *rx) { return rx->engine.NumberOfCapturingGroups(); }

extern "C" int mesh_rx_group(const mesh_rx *rx, const char *name, size_t len) {
    try {
        const auto &names = rx->engine.NamedCapturingGroups();
        auto found = names.find(std::string(name, len));
        return found == names.end() ? -1 : found->second;
    } catch (const std::bad_alloc &) {
        return -1;
    }
}

extern "C" bool mesh_rx_match(const mesh_rx *rx, const char *text, size_t len, size_t from, int64_t *span, int n) {
    try {
        re2::StringPiece whole(text, len), local[16];
        std::vector<re2::StringPiece> many;
        re2::StringPiece *group = local;
        if (n > 16) {
            many.resize(static_cast<size_t>(n));
            group = many.data();
        }
        if (!rx->engine.Match(whole, from, len, RE2::UNANCHORED, group, n)) return false;
        for (int i = 0; i < n; i++) {
            bool took_part = group[i].data() != nullptr;
            span[2 * i] = took_part ? group[i].data() - text : -1;
            span[2 * i + 1] = took_part ? span[2 * i] + static_cast<int64_t>(group[i].size()) : -1;
        }
        return true;
    } catch (const std::bad_alloc &) {
        return false;
    }
}
