/* tgc_interpret.h: `tgc interpret`, a check of the compiler. */
#ifndef TGC_INTERPRET_H
#define TGC_INTERPRET_H

#include "ir/graph.h"

/* Runs the graph in the interpreter, by the command line of a produced program (argv[0] is its
   name): options, data sets, files and messages are the runtime's own. Gives the exit status; a
   program that stops ends tgc as it would end itself. */
int interpret_program(Graph *g, int argc, char **argv);

#endif
