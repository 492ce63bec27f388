-module(main).
-export([main/0]).
tally(0) -> io:format("done~n");
tally(N) -> receive done -> tally(N - 1) end.
start(_, 0) -> ok;
start(T, N) -> P = spawn(fun() -> receive _ -> T ! done end end), P ! N, start(T, N - 1).
main() -> T = self(), spawn(fun() -> start(T, 1000000) end), tally(1000000).
