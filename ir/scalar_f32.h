/* scalar_f32.h: elementary functions of f32. */
