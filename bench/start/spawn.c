// Measures a command from posix_spawn until it is reaped, so that neither Node nor a shell is in the figure.
//
//   spawn COMMAND ARGUMENT... < counts
//
// For each line with a number N on standard input it runs the command N times and prints a line of N
// durations in nanoseconds. An argument that is @ becomes a number that is new each time.
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  char number[64];
  char *command[argc + 1];
  if (argc < 2) return 2;
  for (int i = 1; i <= argc; i++) command[i - 1] = argv[i] && strcmp(argv[i], "@") == 0 ? number : argv[i];
  // A pipe of our own: some runners give their standard streams to the container's user, /dev/null too.
  int streams[2];
  if (pipe2(streams, O_CLOEXEC | O_NONBLOCK) < 0) return 125;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, streams[0], 0);
  posix_spawn_file_actions_adddup2(&actions, streams[1], 1);
  posix_spawn_file_actions_adddup2(&actions, streams[1], 2);

  int count;
  for (int run = 0; scanf("%d", &count) == 1;) {
    for (int i = 0; i < count; i++, run++) {
      snprintf(number, sizeof number, "bench-%d-%d", getpid(), run);
      struct timespec from, to;
      pid_t child;
      int status;
      clock_gettime(CLOCK_MONOTONIC, &from);
      if (posix_spawnp(&child, command[0], &actions, 0, command, environ) != 0) {
        perror(command[0]);
        return 125;
      }
      waitpid(child, &status, 0);
      clock_gettime(CLOCK_MONOTONIC, &to);
      if (status != 0) {
        char said[4096];
        ssize_t length = read(streams[0], said, sizeof said);
        if (length > 0) fwrite(said, 1, length, stderr);
        fprintf(stderr, "spawn: %s ended with status %#x\n", command[0], status);
        return 125;
      }
      printf("%lld ", (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec);
    }
    printf("\n");
    fflush(stdout);
  }
}
