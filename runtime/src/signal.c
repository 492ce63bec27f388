/* Signals: SIGPIPE is ignored; SIGTERM and SIGINT keep their default unless a listener is open (io.md 1.10, rule 8). */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "process.h"

static _Atomic int taken; /* the first signal, until the loop takes it */
static _Atomic bool seen;

static void on_stop_signal(int number) {
    int saved = errno;
    /* The second one ends the program at once, with the status a shell shows for the signal. */
    if (atomic_exchange(&seen, true)) _exit(128 + number);
    atomic_store(&taken, number);
    mesh_worker_wake(mesh_worker_at(0));
    atomic_store(&mesh_worker_at(0)->poll_due, true);
    errno = saved;
}

static void set(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void mesh_signals_init(void) { set(SIGPIPE, SIG_IGN); }

void mesh_signals_catch(bool on) {
    set(SIGTERM, on ? on_stop_signal : SIG_DFL);
    set(SIGINT, on ? on_stop_signal : SIG_DFL);
}

int mesh_signal_taken(void) {
    if (atomic_load_explicit(&taken, memory_order_relaxed) == 0) return 0;
    return atomic_exchange(&taken, 0);
}
