/*
 * A signal handler that writes the signal's number, one byte, to a descriptor, and nothing else: what a
 * handler may do while JavaScript runs (signal-safety(7)). The descriptor's number follows the code.
 * SYS_write is 1. Its bytes in relay.ts are proven by test/linux/signal-relay.test.ts.
 */
	.text
	push %rdi
	mov $1, %eax
	mov descriptor(%rip), %edi
	mov %rsp, %rsi
	mov $1, %edx
	syscall
	pop %rdi
	ret
	.balign 4
descriptor:
