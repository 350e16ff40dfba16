// Takes the code of the handler from standard input, the descriptor 1 behind it, lets it handle signals as
// relay.ts does, and sends itself some (not 64, which qemu-user keeps). What comes out are the bytes that the
// handler has written.
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || read(0, page, 4096) <= 0) return 1;
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0) return 1;
  struct sigaction action = { .sa_handler = (void (*)(int))(void *)page, .sa_flags = SA_RESTART };
  static const int signals[] = { 34, 37, 62, 37 };
  for (int i = 0; i < 4; i++)
    if (sigaction(signals[i], &action, 0) != 0 || raise(signals[i]) != 0) return 1;
}
