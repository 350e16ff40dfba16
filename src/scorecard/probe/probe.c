/*
 * The probe: a static program without libc that asks the kernel questions from inside of a container, on any
 * root filesystem, and writes the answers to standard output. It knows nothing of containers itself: what is
 * asked stands in a file, its first argument, and question.ts describes the form of both.
 *
 *   question   CALL [; CALL]...       a line; ends at the first call that fails
 *   CALL       n NUMBER [ARGUMENT]... a system call, as 64-bit programs make it
 *              i NUMBER [ARGUMENT]... by the entry of 32-bit programs, x86-64 only
 *              x NUMBER [ARGUMENT]... by the numbers of x32, x86-64 only
 *              r ARGUMENT             reads the file of this name into the buffer
 *              t COUNT                starts threads until there are so many or one is refused
 *   ARGUMENT   a decimal number, s:TEXT (its address), b (the address of the buffer), $ (the last result)
 *   answer     RESULT SIZE newline, so many bytes of the buffer, newline
 *
 * Every question has a process of its own, so that none can harm the next; one that is killed by signal N
 * has the result kN.
 *
 * Built by the stage's build.sh; the bytes beside this file are proven by test/scorecard/probe.test.ts.
 */

typedef unsigned long u64;

#if defined(__x86_64__)
enum {
	SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_mmap = 9, SYS_setitimer = 38, SYS_clone = 56,
	SYS_wait4 = 61, SYS_exit_group = 231, SYS_openat = 257, SYS_ppoll = 271
};

static inline long call64(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;
	__asm__ volatile("syscall"
	                 : "=a"(result)
	                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
	                 : "rcx", "r11", "memory");
	return result;
}

/* The entry of 32-bit programs is open to 64-bit ones too. */
static inline long call32(long number, long a, long b, long c, long d, long e)
{
	long result;
	__asm__ volatile("int $0x80"
	                 : "=a"(result)
	                 : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
	                 : "r8", "r9", "r10", "r11", "memory");
	return (int)result;
}

/* A thread that waits for ever. It shares our stack, which it therefore must not touch. */
static inline long start_thread(long flags)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long result;
	__asm__ volatile("syscall\n"
	                 "test %%rax, %%rax\n"
	                 "jnz 2f\n"
	                 "1: mov %[wait], %%eax\n"
	                 "xor %%edi, %%edi\n"
	                 "xor %%esi, %%esi\n"
	                 "xor %%edx, %%edx\n"
	                 "syscall\n"
	                 "jmp 1b\n"
	                 "2:"
	                 : "=a"(result)
	                 : "a"((long)SYS_clone), "D"(flags), "S"(0L), "d"(0L), "r"(r10), "r"(r8), [wait] "i"(SYS_ppoll)
	                 : "rcx", "r11", "memory");
	return result;
}

enum { MAP_32BIT = 0x40, X32 = 0x40000000 };

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call begin\n");
#elif defined(__aarch64__)
enum {
	SYS_openat = 56, SYS_close = 57, SYS_read = 63, SYS_write = 64, SYS_ppoll = 73, SYS_exit_group = 94,
	SYS_setitimer = 103, SYS_clone = 220, SYS_mmap = 222, SYS_wait4 = 260
};

static inline long call64(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
	                 : "memory");
	return x0;
}

static inline long start_thread(long flags)
{
	register long x8 __asm__("x8") = SYS_clone;
	register long x0 __asm__("x0") = flags;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;
	__asm__ volatile("svc 0\n"
	                 "cbnz x0, 2f\n"
	                 "1: mov x8, %[wait]\n"
	                 "mov x0, 0\n"
	                 "mov x1, 0\n"
	                 "mov x2, 0\n"
	                 "mov x3, 0\n"
	                 "svc 0\n"
	                 "b 1b\n"
	                 "2:"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [wait] "i"(SYS_ppoll)
	                 : "memory");
	return x0;
}

enum { MAP_32BIT = 0 };

__asm__(".globl _start\n_start: mov x0, sp\n bl begin\n");
#else
#error "the probe is not written for this processor"
#endif

enum {
	AT_FDCWD = -100, O_NOCTTY = 0400, O_NONBLOCK = 04000, O_CLOEXEC = 02000000, ENOSYS = 38, SIGCHLD = 17,
	PROT_READ_WRITE = 3, MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_ANONYMOUS = 0x20, ITIMER_REAL = 0,
	/* CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM */
	THREAD = 0x50f00,
	BUFFER_SIZE = 1 << 16, TEXT_SIZE = 1 << 16, SECONDS = 3
};

/* Shared with the process of a question. */
struct shared {
	long result;
	long size; /* of what is to be shown of the buffer */
	char buffer[BUFFER_SIZE];
};

static long write_all(const char *bytes, long size)
{
	while (size > 0) {
		long written = call64(SYS_write, 1, (long)bytes, size, 0, 0, 0);
		if (written <= 0) return written;
		bytes += written;
		size -= written;
	}
	return 0;
}

static void write_number(long number, char end)
{
	char digits[24];
	char *at = digits + sizeof digits;
	u64 rest = number < 0 ? -(u64)number : (u64)number;
	*--at = end;
	do *--at = (char)('0' + rest % 10); while (rest /= 10);
	if (number < 0) *--at = '-';
	write_all(at, digits + sizeof digits - at);
}

static long read_file(long path, struct shared *shared)
{
	long fd = call64(SYS_openat, AT_FDCWD, path, O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0, 0, 0), size = 0, got = 1;
	if (fd < 0) return fd;
	while (size < BUFFER_SIZE && got > 0) {
		got = call64(SYS_read, fd, (long)shared->buffer + size, BUFFER_SIZE - size, 0, 0, 0);
		if (got > 0) size += got;
	}
	call64(SYS_close, fd, 0, 0, 0, 0, 0);
	return got < 0 && size == 0 ? got : size;
}

static long start_threads(long wanted)
{
	long count = 0;
	while (count < wanted && start_thread(THREAD) > 0) count++;
	return count;
}

/* The value of an argument; `at` is moved behind it, and a text ends with NUL from now on. */
static long argument(char **at, struct shared *shared, int *uses_buffer)
{
	char *from = *at;
	char *end = from;
	while (*end != ' ' && *end != '\n' && *end != 0) end++;
	*at = end;
	if (from[0] == 's') {
		/* The last one of a line stands before the end of the line, which is not needed any more. */
		if (*end != 0) {
			*end = 0;
			*at = end + 1;
		}
		return (long)(from + 2);
	}
	if (from[0] == 'b') {
		*uses_buffer = 1;
		return (long)shared->buffer;
	}
	if (from[0] == '$') return shared->result;
	int negative = *from == '-';
	u64 value = 0;
	for (from += negative; from < end; from++) value = value * 10 + (u64)(*from - '0');
	return negative ? -(long)value : (long)value;
}

/* Answers where the next call begins. */
static char *make_call(char *at, char *end, struct shared *shared)
{
	long a[7];
	int count = 0, uses_buffer = 0;
	/* An initialiser would become a call of memset, which there is not. */
	for (int i = 0; i < 7; i++) *(volatile long *)&a[i] = 0;
	char kind = *at++;
	while (at < end && *at == ' ') at++;
	while (at < end && *at != ';' && *at != '\n' && *at != 0 && count < 7) {
		a[count++] = argument(&at, shared, &uses_buffer);
		while (at < end && *at == ' ') at++;
	}
	switch (kind) {
	case 'r':
		uses_buffer = 1;
		shared->result = read_file(a[0], shared);
		break;
	case 't':
		shared->result = start_threads(a[0]);
		break;
#if defined(__x86_64__)
	case 'i':
		shared->result = call32(a[0], a[1], a[2], a[3], a[4], a[5]);
		break;
	case 'x':
		shared->result = call64(a[0] | X32, a[1], a[2], a[3], a[4], a[5], a[6]);
		break;
#endif
	case 'n':
		shared->result = call64(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
		break;
	default:
		shared->result = -ENOSYS;
	}
	shared->size = uses_buffer && shared->result > 0 && shared->result <= BUFFER_SIZE ? shared->result : 0;
	return at;
}

static void __attribute__((noreturn)) ask(char *at, char *end, struct shared *shared)
{
	long patience[4] = {0, 0, SECONDS, 0};
	call64(SYS_setitimer, ITIMER_REAL, (long)patience, 0, 0, 0, 0);
	while (at < end) {
		at = make_call(at, end, shared);
		if (shared->result < 0) break;
		while (at < end && (*at == ' ' || *at == ';' || *at == '\n')) at++;
	}
	for (;;) call64(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}

static void answer(char *at, char *end, struct shared *shared)
{
	int status = 0;
	shared->result = 0;
	shared->size = 0;
	long pid = call64(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
	if (pid == 0) ask(at, end, shared);
	if (pid < 0) shared->result = pid;
	else call64(SYS_wait4, pid, (long)&status, 0, 0, 0, 0);
	if ((status & 127) != 0) {
		shared->size = 0;
		write_all("k", 1);
		write_number(status & 127, ' ');
	} else write_number(shared->result, ' ');
	write_number(shared->size, '\n');
	write_all(shared->buffer, shared->size);
	write_all("\n", 1);
}

/* Below 4 GiB, where 32-bit calls can reach it. */
static char *make_memory(long size, long flags)
{
	long memory = call64(SYS_mmap, 0, size, PROT_READ_WRITE, flags | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (memory < 0 && memory > -4096)
		for (;;) call64(SYS_exit_group, 71, 0, 0, 0, 0, 0);
	return (char *)memory;
}

void __attribute__((noreturn, used)) begin(long *stack)
{
	char *name = stack[0] > 1 ? (char *)stack[2] : 0;
	char *text = make_memory(TEXT_SIZE, MAP_PRIVATE);
	struct shared *shared = (struct shared *)make_memory(sizeof *shared, MAP_SHARED);
	long size = read_file((long)name, shared);
	if (size < 0 || size >= TEXT_SIZE)
		for (;;) call64(SYS_exit_group, 70, 0, 0, 0, 0, 0);
	for (long i = 0; i < size; i++) *(volatile char *)(text + i) = shared->buffer[i];
	for (char *line = text; line < text + size;) {
		char *end = line;
		while (end < text + size && *end != '\n') end++;
		answer(line, end, shared);
		line = end + 1;
	}
	for (;;) call64(SYS_exit_group, 0, 0, 0, 0, 0, 0);
}
