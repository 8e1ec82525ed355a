/* flow.h: where derivatives flow. Takes some ys and xs; gives the floating values that lie on a way
   from an x to a y, in all regions of finished nodes at once: a loop's params are joined to their
   initial and next values, so a value is found however many iterations the way takes. Integers,
   bools, detach and operands without a derivative end a way. */
#ifndef TGC_AUTODIFF_FLOW_H
#define TGC_AUTODIFF_FLOW_H

#include "ir/graph.h"
#include "ir/map.h"

typedef struct FlowNode FlowNode;
struct FlowNode {
    Node *node;
    int order; /* its id when the analysis was made: larger than those of the values it is computed
                  from */
    int active;
    int fed; /* some value that it is computed from is active: it is not only an x */
    VEC(FlowNode *) users;
    VEC(Node *) results; /* control nodes: their active OP_results */
};

typedef struct Flow Flow;
struct Flow {
    Graph *graph;
    Map *map;              /* from Node to FlowNode */
    VEC(FlowNode *) nodes; /* in the order they were met, from the ys backward */
    int floor;             /* older nodes cannot be reached from an x */
};

Flow *flow_new(Graph *g, Node *const *ys, int nys, Node *const *xs, int nxs);
FlowNode *flow_find(const Flow *flow, const Node *node); /* NULL: not met */
int flow_active(const Flow *flow, const Node *node);

int is_floating(const Node *node);
/* whether the op's rule has a derivative by operand i, were it floating */
int op_flows(const Node *node, int i);

/* the floating values outside of control's regions that their nodes use, in order; only the active
   ones when flow is not NULL; without flow: of all types */
typedef VEC(Node *) NodeList;
void free_values(Graph *g, const Node *control, const Flow *flow, NodeList *out);

/* the floating params of unfinished regions that the ys are computed from, by id */
void flow_params(Graph *g, Node *const *ys, int nys, NodeList *out);

#endif
