/* main.c: main() of a produced program. Alone in its object, so that a library made from the same
 * runtime has none. */
#include "runtime/rt.h"

int main(int argc, char **argv) {
    return tgrt_main(&tg_program, argc, argv);
}
