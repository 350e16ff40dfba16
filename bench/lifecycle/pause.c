// A program that waits: the idle payload. Without libc, so that its memory is next to nothing.
#if defined(__x86_64__)
void _start(void) {
  for (;;) __asm__ volatile("syscall" : : "a"(34) : "rcx", "r11", "memory");
}
#else
void _start(void) {
  register long number __asm__("x8") = 73; // ppoll of nothing, for ever
  register long a __asm__("x0") = 0, b __asm__("x1") = 0, c __asm__("x2") = 0, d __asm__("x3") = 0;
  for (;;) __asm__ volatile("svc #0" : "+r"(a) : "r"(number), "r"(b), "r"(c), "r"(d) : "memory");
}
#endif
