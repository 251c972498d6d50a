// What the scanners of the grammars use of C's library beyond the headers that tree-sitter has for WebAssembly.
#ifndef PRELUDE_H
#define PRELUDE_H
#include <wchar.h>
#define static_assert _Static_assert

static inline int isdigit(int c) { return c >= '0' && c <= '9'; }
static inline _Noreturn void exit(int code) { (void)code; __builtin_trap(); }
static inline _Noreturn void abort(void) { __builtin_trap(); }
#endif
