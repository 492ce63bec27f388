-module(main).
-export([main/0]).
member(Next, Main) -> receive 0 -> Main ! done; N -> Next ! N - 1, member(Next, Main) end.
build(Last, 0, _) -> Last;
build(Last, N, M) -> build(spawn(fun() -> member(Last, M) end), N - 1, M).
main() ->
    M = self(),
    spawn(fun() -> C = build(self(), 999, M), C ! 10000000, member(C, M) end),
    receive done -> io:format("done~n") end.
