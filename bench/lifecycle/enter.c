// Enters a running container by the fewest system calls and executes /true there: the limit of `exec`.
//
//   enter PID PROCS... < counts
//
// PROCS are the cgroup.procs of the container's groups. For each line with a number N on standard input it
// does it N times and prints a line of N durations in nanoseconds. No right is dropped and no filter loaded.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const int namespaces =
    CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;

static void enter(pid_t pid, char **procs) {
  int init = syscall(SYS_pidfd_open, pid, 0);
  if (init < 0) _exit(1);
  for (; *procs; procs++) {
    int group = open(*procs, O_WRONLY | O_CLOEXEC);
    if (group < 0 || write(group, "0", 1) != 1) _exit(2);
    close(group);
  }
  if (setns(init, namespaces) < 0) _exit(3);
  pid_t child = vfork();
  if (child == 0) {
    execl("/true", "/true", (char *)0);
    _exit(4);
  }
  int status;
  waitpid(child, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 5);
}

int main(int argc, char **argv) {
  if (argc < 2) return 2;
  int count;
  while (scanf("%d", &count) == 1) {
    for (int i = 0; i < count; i++) {
      struct timespec from, to;
      int status;
      clock_gettime(CLOCK_MONOTONIC, &from);
      pid_t child = fork();
      if (child == 0) enter(atoi(argv[1]), argv + 2);
      waitpid(child, &status, 0);
      clock_gettime(CLOCK_MONOTONIC, &to);
      if (status != 0) {
        fprintf(stderr, "enter: ended with status %#x\n", status);
        return 125;
      }
      printf("%lld ", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
    }
    printf("\n");
    fflush(stdout);
  }
}
