/*
 * Lies in wait for processes that come into a container: seizes each with the first number after the last
 * one, as fast as it can, and tells what it finds in it and what it can take of it. Its argument says how
 * many. What it takes it keeps.
 *
 * A line for each: names and values, then a word for each descriptor from 3 on that it could take.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Numbers beyond the next one: a process that has come and gone unseen had one too. */
enum { AHEAD = 4 };

static void tell_link(int pid, const char *name)
{
	char path[64], target[512];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	ssize_t length = readlink(path, target, sizeof target - 1);
	if (length < 0) printf(" %s=?", name);
	else printf(" %s=%.*s", name, (int)strcspn((target[length] = 0, target), " "), target);
}

static void tell_status(int pid)
{
	static const char *const wanted[] = {"State", "CapInh", "CapPrm", "CapEff", "CapBnd",
	                                    "CapAmb", "NoNewPrivs", "Seccomp"};
	char path[64], line[256];
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	FILE *file = fopen(path, "r");
	if (!file) return;
	while (fgets(line, sizeof line, file))
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
			size_t length = strlen(wanted[i]);
			if (strncmp(line, wanted[i], length) == 0 && line[length] == ':')
				printf(" %s=%.*s", wanted[i], (int)strcspn(line + length + 2, " \n"), line + length + 2);
		}
	fclose(file);
}

static void tell_descriptors(int pid)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	DIR *directory = opendir(path);
	if (!directory) return;
	for (struct dirent *entry; (entry = readdir(directory));) {
		char name[64];
		if (entry->d_name[0] == '.') continue;
		snprintf(name, sizeof name, "fd/%.20s", entry->d_name);
		tell_link(pid, name);
	}
	closedir(directory);
}

static void take_descriptors(int pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	for (int fd = 3; fd < 64; fd++)
		if (syscall(SYS_pidfd_getfd, pidfd, fd, 0) >= 0) printf(" took=%d", fd);
	close(pidfd);
}

static int can_open(int pid, const char *name, int flags)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
	int fd = open(path, flags);
	if (fd >= 0) close(fd);
	return fd >= 0;
}

/* Answers whether there is such a process. */
static int look(int pid)
{
	int seized = ptrace(PTRACE_SEIZE, pid, 0, 0) == 0;
	if (!seized && errno == ESRCH) return 0;
	int status;
	if (seized) {
		ptrace(PTRACE_INTERRUPT, pid, 0, 0);
		if (waitpid(pid, &status, __WALL) < 0 || !WIFSTOPPED(status)) {
			printf("pid=%d seized=1 gone=1\n", pid);
			fflush(stdout);
			return 1;
		}
	}
	printf("pid=%d seized=%d", pid, seized);
	tell_link(pid, "exe");
	tell_link(pid, "cwd");
	tell_link(pid, "root");
	tell_status(pid);
	tell_descriptors(pid);
	printf(" mem=%d writable=%d", can_open(pid, "mem", O_RDWR), can_open(pid, "exe", O_RDWR));
	if (seized) {
		take_descriptors(pid);
		ptrace(PTRACE_DETACH, pid, 0, 0);
	}
	printf("\n");
	fflush(stdout);
	return 1;
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1, next = getpid() + 1;
	printf("waiting\n");
	fflush(stdout);
	while (count > 0)
		for (int ahead = 0; ahead < AHEAD; ahead++)
			if (look(next + ahead)) {
				next += ahead + 1;
				count--;
				break;
			}
	printf("done\n");
	fflush(stdout);
	pause();
}
