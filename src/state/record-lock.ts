/**
 * Does something to a record, or to the names of all, that nobody else changes meanwhile. Locks are taken through libc,
 * whose binding takes longer to load than a list of containers: only writers do.
 */
export async function locked<Result>(path: string, action: () => Result): Promise<Result> {
  const { withLock } = await import('../linux/flock.ts');
  return withLock(path, action);
}
