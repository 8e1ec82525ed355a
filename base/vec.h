/* vec.h: growing arrays in an arena. VEC(T) is a struct { T *at; int n, cap; }; elements are
 * reached as v.at[i]. */
#ifndef TGC_BASE_VEC_H
#define TGC_BASE_VEC_H

#include "base/arena.h"

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *at;                                                                                  \
        int n, cap;                                                                                \
    }

/* grows *at to hold one more; used by PUSH only */
void vec_grow(Arena *arena, void **at, int n, int *cap, size_t size);

#define PUSH(arena, vec, value)                                                                    \
    do {                                                                                           \
        if ((vec)->n == (vec)->cap) {                                                              \
            void *grown_ = (vec)->at;                                                              \
            vec_grow((arena), &grown_, (vec)->n, &(vec)->cap, sizeof *(vec)->at);                  \
            (vec)->at = grown_;                                                                    \
        }                                                                                          \
        (vec)->at[(vec)->n++] = (value);                                                           \
    } while (0)

#endif
