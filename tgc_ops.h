/* tgc_ops.h: `tgc --ops`: all that can be called, and the rows of the op table. */
#ifndef TGC_OPS_H
#define TGC_OPS_H

void print_ops(void);

#endif
