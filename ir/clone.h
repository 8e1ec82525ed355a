/* clone.h: copies of nodes and regions. A Values maps nodes to the nodes that stand for them in the
 * copy. */
#ifndef TGC_IR_CLONE_H
#define TGC_IR_CLONE_H

#include "ir/build.h"
#include "ir/map.h"

/* from node to node */
typedef Map Values;
static inline Values *values_new(Arena *arena) {
    return map_new(arena);
}
static inline Node *values_get(const Values *v, const Node *from) {
    return map_get(v, from);
}
static inline void values_set(Values *v, const Node *from, Node *to) {
    map_set(v, from, to);
}

/* One node at the end of the builder's region, with operands replaced by what v has for them (those
   that it does not have stay). Regions are copied with their contents; attributes, frame, sizes and
   axis names stay, the group is the builder's when that is not 0. v gets the copy, and those of all
   nodes in its regions. */
Node *node_clone(Builder *b, Node *node, Values *v);

enum { CLONE_NO_EFFECTS = 1 }; /* leaves out print, assert, log and save (bind and load stay) */

/* The nodes of region but its params (which v must have) at the end of the builder's region;
   results, when not NULL, gets what stands for region's results. */
void region_clone(Builder *b, const Region *region, Values *v, int flags, Node **results);

/* A new region under the builder's, with copies of region's params, nodes and results. */
Region *region_copy(Builder *b, const Region *region, Values *v, int flags);

#endif
