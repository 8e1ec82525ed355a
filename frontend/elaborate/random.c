/* random.c: the number of the next draw is a variable of the program like any other, so that
 * branches and loops carry it. */
#include "frontend/elaborate/core.h"

Node *elab_draw(Elab *e) {
    Node *now = elab_tensor(e, e->draw->value, span_nowhere(), "the draw counter");
    cell_set(e, e->draw, value_node(build_map2(&e->b, OP_add, now, build_int(&e->b, 1))));
    return now;
}

Node *elab_seed(Elab *e) {
    return node_new(e->graph, e->b.region, OP_seed, type_scalar(e->graph->types, DT_i64), NULL, 0,
                    e->b.where);
}

int elab_stream(Elab *e, Value seed, Span span, Node **seed_node, Node **draw_node) {
    if (e->in_const) {
        elab_error(e, span, "const-draw",
                   "a const is computed at compile time and cannot draw random numbers");
        return 0;
    }
    seed = value_read(seed);
    if (seed.kind == V_NONE) {
        *seed_node = elab_seed(e);
        *draw_node = elab_draw(e);
        return 1;
    }
    Node *s = elab_tensor_as(e, seed, DT_i64, span, "seed");
    if (!s) return 0;
    if (s->type->rank || dtype_kind(s->type->dtype) != 1) {
        elab_error(e, span, "wrong-kind", "seed: expected an integer, got %s",
                   value_kind_text(e, seed));
        return 0;
    }
    *seed_node = elab_cast(e, s, DT_i64);
    *draw_node = build_int(&e->b, 0);
    return 1;
}
