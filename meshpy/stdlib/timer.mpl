#@ module Timer

# Waits at least that many milliseconds; other processes run meanwhile. At once when ms <= 0.
extern "mesh_timer_sleep" pub fn sleep(ms :: Int) -> ()

# Sends the message after that many milliseconds. Messages of several timers arrive in order of their due times.
extern "mesh_timer_send_after" pub fn send_after<A>(pid :: Pid<A>, ms :: Int, message :: A) -> ()
