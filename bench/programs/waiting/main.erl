-module(main).
-export([main/0]).
waiter(N) -> receive K -> waiter(N + K) end.
start(0) -> ok;
start(N) -> P = spawn(fun() -> waiter(N) end), P ! 1, start(N - 1).
main() -> start(1000000), timer:sleep(1000), io:format("done~n").
