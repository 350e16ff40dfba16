/** Whether this process has started from a snapshot of V8's heap (snapshot.ts). */
export function isFromSnapshot(): boolean {
  return 'scMain' in globalThis;
}

/** Has the same program done without a snapshot, in place of this process. Never returns. */
export function startPlainly(): never {
  const [program = '', main = '', ...argv] = process.argv;
  process.execve?.(program, [program, '--disable-warning=ExperimentalWarning', main, ...argv], process.env);
  throw new Error('execve returned');
}
