/** Goes to the monitor's log. */
export function complain(what: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`${new Date().toISOString()} ${what}: ${reason}`);
}
