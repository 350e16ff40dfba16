/*
 * The stage: a static program without libc that walks a list of system calls.
 *
 * It is entered by execve from a sealed memfd with the list in descriptor 3 (another memfd), maps the list
 * privately and walks it. All that it does is in the list, which src/backend/native/render writes; so this
 * file hardly ever changes, and whatever runs inside a container before its program shares no memory with
 * sc. The form of the list is described in program/format.ts; both must be changed together.
 *
 * Built by build.sh for each processor; the bytes in bytes-x64.ts and bytes-arm64.ts are proven by
 * test/backend/native/stage.test.ts.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#if defined(__x86_64__)
enum { SYS_close = 3, SYS_lseek = 8, SYS_mmap = 9, SYS_exit_group = 231 };

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
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
#elif defined(__aarch64__)
enum { SYS_close = 57, SYS_lseek = 62, SYS_mmap = 222, SYS_exit_group = 94 };

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;
	__asm__ volatile("svc #0"
	                 : "+r"(x0)
	                 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
	                 : "memory");
	return x0;
}
#else
#error "the stage is not written for this processor"
#endif

enum { PROGRAM_FD = 3, SEEK_END = 2, PROT_READ_WRITE = 3, MAP_PRIVATE = 2 };

/* How the value of an argument is found. Four bits for each of the six. */
enum kind { INTEGER, POINTER, RESULT, LOAD8, LOAD16, LOAD32, LOAD64 };

/* What is no system call. */
enum control { JUMP = 0x10000, STORE, FAIL };

enum condition { ALWAYS, EQUAL, NOT_EQUAL, LESS, MASK };

enum { MAGIC = 0x31504353 /* "SCP1" */, IGNORE_FAILURE = 0xffffffff };

struct entry {
	u32 code;       /* number of a system call, or a control */
	u32 on_failure; /* the entry to go on with, or IGNORE_FAILURE */
	u32 kinds;
	u32 count;      /* of arguments, for people */
	u64 arguments[6];
	long result;
};

/* Both are offsets in the data. */
struct relocation {
	u32 location; /* where a pointer stands */
	u32 target;   /* what it points at */
};

struct header {
	u32 magic;
	u32 entries;
	u32 relocations;
	u32 data; /* its offset in the program */
};

/* What the data begins with: a message that the list itself writes to a pipe, see protocol.ts. */
struct failure {
	u32 type;
	u32 entry;
	u32 errno;
};

static inline u64 argument(const u8 *data, const struct entry *entries, const struct entry *entry, int index)
{
	u64 value = entry->arguments[index];
	switch ((entry->kinds >> (4 * index)) & 15) {
	case POINTER: return (u64)(data + value);
	case RESULT: return (u64)entries[value].result;
	case LOAD8: return *(data + value);
	case LOAD16: return *(const u16 *)(data + value);
	case LOAD32: return (u64)(long)*(const int *)(data + value);
	case LOAD64: return *(const u64 *)(data + value);
	default: return value;
	}
}

static inline int holds(u64 condition, long left, long right)
{
	switch (condition) {
	case EQUAL: return left == right;
	case NOT_EQUAL: return left != right;
	case LESS: return left < right;
	case MASK: return (left & right) != 0;
	default: return 1;
	}
}

static inline void store(u8 *to, u64 value, u64 size)
{
	for (; size > 0; size--, value >>= 8)
		*(volatile u8 *)to++ = (u8)value;
}

static void __attribute__((noreturn)) walk(u8 *base)
{
	struct header *header = (struct header *)base;
	struct entry *entries = (struct entry *)(header + 1);
	struct relocation *relocations = (struct relocation *)(entries + header->entries);
	u8 *data = base + header->data;
	struct failure *failure = (struct failure *)data;

	for (u32 i = 0; i < header->relocations; i++)
		*(u64 *)(data + relocations[i].location) = (u64)(data + relocations[i].target);

	for (u32 at = 0; at < header->entries;) {
		struct entry *entry = &entries[at];
		u64 a[6];
		for (int i = 0; i < 6; i++)
			a[i] = argument(data, entries, entry, i);
		u32 next = at + 1;
		long result = 0;

		if (entry->code == JUMP) {
			if (holds(a[1], (long)a[2], (long)a[3]))
				next = (u32)a[0];
		} else if (entry->code == STORE) {
			store((u8 *)a[0], a[1], a[2]);
		} else {
			result = entry->code == FAIL
				? (long)a[0]
				: syscall6(entry->code, (long)a[0], (long)a[1], (long)a[2], (long)a[3], (long)a[4], (long)a[5]);
			if ((u64)result > -4096UL && entry->on_failure != IGNORE_FAILURE) {
				failure->entry = at;
				failure->errno = (u32)-result;
				next = entry->on_failure;
			}
		}
		entry->result = result;
		at = next;
	}
	for (;;)
		syscall6(SYS_exit_group, 70, 0, 0, 0, 0, 0);
}

void __attribute__((noreturn)) _start(void)
{
	long size = syscall6(SYS_lseek, PROGRAM_FD, 0, SEEK_END, 0, 0, 0);
	u8 *base = (u8 *)syscall6(SYS_mmap, 0, size, PROT_READ_WRITE, MAP_PRIVATE, PROGRAM_FD, 0);
	syscall6(SYS_close, PROGRAM_FD, 0, 0, 0, 0, 0);
	/* A program of an image that names /proc/self/exe as its interpreter ends up here without a list. */
	if ((u64)base > -4096UL || size < (long)sizeof(struct header) || ((struct header *)base)->magic != MAGIC)
		for (;;)
			syscall6(SYS_exit_group, 70, 0, 0, 0, 0, 0);
	walk(base);
}
