/**
 * What an error says in our wording, to stand behind the action that failed. Node's own
 * `EACCES: permission denied, mkdir '/a'` becomes `mkdir "/a": EACCES`.
 */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, syscall, path, dest } = error as NodeJS.ErrnoException & { dest?: string };
  if (syscall === undefined || code === undefined) return error.message;
  const objects = [path, dest].filter((object) => object !== undefined).map((object) => `"${object}"`);
  return `${[syscall, objects.join(' to ')].filter((part) => part !== '').join(' ')}: ${code}`;
}

/** The kernel's error name, of Node's errors and of ours. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('syscall' in error && 'code' in error) return String(error.code);
  return 'errno' in error && typeof error.errno === 'string' ? error.errno : undefined;
}
