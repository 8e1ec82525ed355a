/* scalar_int_body.h: one integer type: SCI(name) names its functions, T is the type, M its mask. No
   include guard: scalar_int.h includes it once a type. Intermediate results are cast back to T,
   since C computes u8 in int. */

#define K(x) ((T)(x))

#if SIGNED
SC_FN M SCI(negative)(T a) {
    return a < K(0);
}
SC_FN M SCI(minus_one)(T a) {
    return a == K(-1);
}
#else
SC_FN M SCI(negative)(T a) {
    return (a & K(0)) != K(0);
} /* never */
SC_FN M SCI(minus_one)(T a) {
    return (a & K(0)) != K(0);
}
#endif

SC_FN T SCI(abs)(T a) {
    return SC_SELECT(SCI(negative)(a), (T)(-a), a);
}
SC_FN T SCI(sign)(T a) {
    return SC_SELECT(a > K(0), K(1), SC_SELECT(SCI(negative)(a), K(-1), K(0)));
}
SC_FN T SCI(maximum)(T a, T b) {
    return SC_SELECT(a > b, a, b);
}
SC_FN T SCI(minimum)(T a, T b) {
    return SC_SELECT(a < b, a, b);
}
SC_FN T SCI(relu)(T a) {
    return SC_SELECT(a > K(0), a, K(0));
}
SC_FN T SCI(clamp)(T a, T lo, T hi) {
    return SCI(minimum)(SCI(maximum)(a, lo), hi);
}
SC_FN M SCI(zero_divisor)(T b) {
    return b == K(0);
}
SC_FN T SCI(fma)(T a, T b, T c) {
    return (T)(a * b + c);
}

/* towards zero; the least number by -1 wraps */
SC_FN T SCI(quotient)(T a, T b) {
    M minus = SCI(minus_one)(b);
    T safe = SC_SELECT((b == K(0)) | minus, K(1), b);
    return SC_SELECT(minus, (T)(-a), (T)(a / safe));
}

SC_FN T SCI(fmod)(T a, T b) {
    return (T)(a - SCI(quotient)(a, b) * b);
}

SC_FN T SCI(remainder)(T a, T b) {
    T r = SCI(fmod)(a, b);
    M wrong = (r != K(0)) & SCI(negative)((T)(r ^ b));
    return SC_SELECT(wrong, (T)(r + b), r);
}

SC_FN T SCI(floordiv)(T a, T b) {
    T q = SCI(quotient)(a, b);
    T r = (T)(a - q * b);
    M wrong = (r != K(0)) & SCI(negative)((T)(r ^ b));
    return SC_SELECT(wrong, (T)(q - K(1)), q);
}

SC_FN T SCI(ipow)(T a, T b) {
    T e = SC_SELECT(SCI(negative)(b), K(0), b);
    T y = K(1);
    while (SC_ANY(e != K(0))) {
        y = SC_SELECT((e & K(1)) != K(0), (T)(y * a), y);
        a = (T)(a * a);
        e = (T)(e >> K(1));
    }
    return y;
}

SC_FN T SCI(left_shift)(T a, T b) {
    M out = SCI(negative)(b) | (b >= K(WIDTH));
    return SC_SELECT(out, K(0), (T)(a << SC_SELECT(out, K(0), b)));
}

SC_FN T SCI(right_shift)(T a, T b) {
    M out = SCI(negative)(b) | (b >= K(WIDTH));
    T sign = SC_SELECT(SCI(negative)(a), K(-1), K(0));
    return SC_SELECT(out, sign, (T)(a >> SC_SELECT(out, K(0), b)));
}

SC_FN T SCI(gcd)(T a, T b) {
    T x = SCI(abs)(a);
    T y = SCI(abs)(b);
    while (SC_ANY(y != K(0))) {
        T r = SCI(fmod)(x, y); /* x mod 0 is x: lanes that have ended keep (x, 0) below */
        M going = y != K(0);
        x = SC_SELECT(going, y, x);
        y = SC_SELECT(going, r, y);
    }
    return SCI(abs)(x);
}

SC_FN T SCI(lcm)(T a, T b) {
    T g = SCI(gcd)(a, b);
    return SCI(abs)((T)(SCI(quotient)(a, SC_SELECT(g == K(0), K(1), g)) * b));
}

#undef K
#undef SCI
#undef T
#undef M
#undef WIDTH
#undef SIGNED
