-module(main).
-export([main/0]).
loop(N) -> receive {From, Ref, K} -> From ! {Ref, N + K}, loop(N + K) end.
rounds(_, 0, Last) -> Last;
rounds(P, N, _) -> R = make_ref(), P ! {self(), R, 1}, receive {R, V} -> rounds(P, N - 1, V) end.
main() -> P = spawn(fun() -> loop(0) end), io:format("~p~n", [rounds(P, 1000000, 0)]).
