/* pass.h: the passes over a finished graph, in the order of passes.def, and what they share. All
   keep every value to the bit: the interpreter gives the same before and after. */
#ifndef TGC_IR_PASS_H
#define TGC_IR_PASS_H

#include "ir/graph.h"

/* Graph.level: what holds from here on (verify checks it) */
enum {
    LEVEL_BUILT,   /* as elaborated */
    LEVEL_INLINED, /* no custom, recompute or detach nodes: gradients are done */
};

typedef struct PassOptions PassOptions;
struct PassOptions {
    const char *dump_after; /* passes with commas between, or "all": print the graph after them */
    const char *stop_after; /* a pass's name, or NULL */
    int time_passes;        /* print each pass's time */
    int optimize;           /* 0: only what later stages require */
    void *dump_file;        /* FILE * for dumps; NULL: stdout */
    void *time_file;        /* FILE * for times; NULL: stderr */
};

typedef struct PassInfo PassInfo;
struct PassInfo {
    const char *name;
    int (*run)(Graph *g); /* whether it changed anything */
    int requires, gives;  /* levels */
    int optional;         /* left out at -O0 */
    const char *doc;
};

const PassInfo *pass_find(const char *name); /* NULL: no such pass */
/* runs all passes, with verify after each; 0 when stop_after stopped it */
int passes_run(Graph *g, const PassOptions *options);

#define PASS(name, function, optional, requires, gives, doc) int function(Graph *g);
#include "ir/passes.def"

/* ---- shared by passes ---- */

/* every place in which a node names another: its operands, then what its loop record names */
int node_nslots(const Node *node);
Node **node_slot(Node *node, int i);

/* what stands for a node from now on, kept in its mark: clear the marks, rename, at last apply */
void marks_clear(Graph *g);
void rename_to(Node *from, Node *to);
Node *renamed(Node *node);          /* node itself where nothing was set */
void rename_slots(Node *node);      /* in what node names */
void rename_region(Region *region); /* in all nodes and results, in region and below */

/* takes all nodes out of region; pushing them again, some left out, others made between, fills it
   anew */
typedef struct NodeList NodeList;
struct NodeList {
    Node **at;
    int n;
};
NodeList region_take(Region *region);
void region_push(Graph *g, Region *region, Node *node); /* node and its regions belong there now */
/* the nodes of inner but its params, at the end of region; its params were renamed before */
void region_splice(Graph *g, Region *region, Region *inner);

/* whether the node itself (not what is in its regions) may stop the program */
int node_may_trap(Graph *g, const Node *node);
int node_has_effect(const Node *node); /* itself */

/* calls f for each size in the node's types and size */
void node_each_size(const Node *node, void (*f)(const Size *, void *), void *data);
/* calls f for each size that is set by the node, or by what is in its regions */
void node_each_set_size(const Node *node, void (*f)(const Size *, void *), void *data);

const char *graph_check(Graph *g); /* the first broken promise, NULL: none */

#endif
