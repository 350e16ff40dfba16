import type { ExitStatus } from '../schema/container-state.ts';
import { type Caller, say } from './caller.ts';

/** Says why there is no code, to who has waited for that of a program in the container `name`. */
export function tellUnknownEnd(
  caller: Caller,
  name: string,
  { cause }: ExitStatus,
  onTerminal = false,
): void {
  if (cause !== 'unknown') return;
  say(caller, `"${name}": nobody knows how its program ended: its keeper was killed`, { onTerminal });
}
