"""The import graph: dependency order and cycles (types reference 4.4)."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence


def topological_order(edges: Mapping[str, Sequence[str]]) -> list[str]:
    """Every node after its successors, ties by name (Kahn 1962, with a heap). ``edges`` must have no cycle."""
    missing = {name: len(targets) for name, targets in edges.items()}
    users: dict[str, list[str]] = {name: [] for name in edges}
    for name, targets in edges.items():
        for target in targets:
            users[target].append(name)
    ready = [name for name, count in missing.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        name = heapq.heappop(ready)
        order.append(name)
        for user in users[name]:
            missing[user] -= 1
            if missing[user] == 0:
                heapq.heappush(ready, user)
    return order


def find_cycle(edges: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The names along a cycle, beginning with the smallest of them, or None. Deterministic: searched in name order."""
    done: set[str] = set()
    for root in sorted(edges):
        if root in done:
            continue
        path: list[str] = [root]
        on_path = {root}
        iterators = [iter(edges[root])]
        while iterators:
            for target in iterators[-1]:
                if target in on_path:
                    cycle = path[path.index(target):]
                    least = cycle.index(min(cycle))
                    return cycle[least:] + cycle[:least]
                if target not in done:
                    path.append(target)
                    on_path.add(target)
                    iterators.append(iter(edges[target]))
                    break
            else:
                iterators.pop()
                finished = path.pop()
                on_path.discard(finished)
                done.add(finished)
    return None
