/* scalar_f64.h: elementary functions of f64. */
