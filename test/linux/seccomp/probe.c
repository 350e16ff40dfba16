// Installs the filter in the file argv[1], then makes the calls that stdin names, one a line:
// `64|32|x32 number argument...` (decimal, up to six), and prints the errno of each, 0 for success, or
// `signal N`. Every call has a process of its own, so that none can harm the next.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void install(const char *path) {
  static struct sock_filter instructions[4096];
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t size = read(file, instructions, sizeof instructions);
  struct sock_fprog program = {.len = size / sizeof *instructions, .filter = instructions};
  if (size <= 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    perror("install");
    exit(1);
  }
  close(file);
}

#ifdef __x86_64__
/* The entry of 32-bit programs is open to 64-bit ones too. */
static long call32(long number, const long *a) {
  long result;
  __asm__ volatile("push %%rbp\n mov %7, %%ebp\n int $0x80\n pop %%rbp"
                   : "=a"(result)
                   : "a"((int)number), "b"((int)a[0]), "c"((int)a[1]), "d"((int)a[2]), "S"((int)a[3]),
                     "D"((int)a[4]), "r"((int)a[5])
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
}
#else
static long call32(long number, const long *a) {
  (void)number, (void)a;
  return -ENOSYS;
}
#endif

static int attempt(const char *abi, long number, const long *a) {
  if (strcmp(abi, "32") == 0) {
    long result = call32(number, a);
    return result < 0 ? -result : 0;
  }
  if (strcmp(abi, "x32") == 0) number |= 0x40000000;
  return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  install(argv[1]);
  char line[512], abi[8];
  while (fgets(line, sizeof line, stdin)) {
    long number, a[6] = {0};
    if (sscanf(line, "%7s %ld %ld %ld %ld %ld %ld %ld", abi, &number, a, a + 1, a + 2, a + 3, a + 4, a + 5) < 2)
      return 2;
    int result[2], status, value = -1;
    if (pipe(result) != 0) return 1;
    pid_t parent = getpid(), child = fork();
    if (child < 0) return 1;
    if (child == 0) {
      value = attempt(abi, number, a);
      // A fork of its own returns here twice.
      if (getppid() == parent && write(result[1], &value, sizeof value) < 0) _exit(1);
      _exit(0);
    }
    close(result[1]);
    if (read(result[0], &value, sizeof value) < 0) return 1;
    close(result[0]);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("signal %d\n", WTERMSIG(status));
    else printf("%d\n", value);
    fflush(stdout);
  }
  return 0;
}
