#@ module Process
# Names, monitors, exits. A system message enters a mailbox only when the actor's message type is exactly that tuple:
# (:down, ref, pid, reason) of a monitor, (:exit, pid, reason) of a link when exits are trapped.

# Watches a process: returns the reference that the message of its end will carry. Any number of monitors, each fires once;
# on a process that is gone already it fires at once, with the reason "noproc".
extern "mesh_process_monitor" pub fn monitor<A>(pid :: A) -> Int where A: Pid | Int

# 0, or 1 when the reference is unknown or has fired.
extern "mesh_process_demonitor" pub fn demonitor(ref :: Int) -> Int

# Gives a process a name until it ends: 0, or 1 when the name is taken or there is no such process.
extern "mesh_process_register" pub fn register(name :: String, pid :: Pid) -> Int

# The process of that name; PID 0 when there is none.
extern "mesh_process_whereis" pub fn whereis(name :: String) -> Pid

# 0, or 1 when the name is unknown.
extern "mesh_process_unregister" pub fn unregister(name :: String) -> Int

# Exit signals become messages for the calling actor, or end it again.
extern "mesh_process_trap_exit" pub fn trap_exit(on :: Bool) -> ()

# Ends a process: "kill" cannot be trapped, "normal" and "shutdown" are those reasons, other text is a reason of its own.
extern "mesh_process_exit" pub fn exit(pid :: Pid, reason :: String) -> ()
