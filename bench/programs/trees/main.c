#include <stdio.h>
#include <stdlib.h>
typedef struct node { struct node *l, *r; } node;
static node *build(int d) {
    node *n = malloc(sizeof *n);
    n->l = d ? build(d - 1) : NULL;
    n->r = d ? build(d - 1) : NULL;
    return n;
}
static long count(node *n) { return n ? 1 + count(n->l) + count(n->r) : 0; }
static void drop(node *n) { if (n) { drop(n->l); drop(n->r); free(n); } }
int main(void) {
    long total = 0;
    for (int i = 0; i < 40; i++) { node *t = build(18); total += count(t); drop(t); }
    printf("%ld\n", total);
}
