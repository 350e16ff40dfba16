import type { Observations } from '../../../src/backend/recording.ts';

/** Of a program that does next to nothing. */
export function observations(changes: Partial<Observations> = {}): Observations {
  return {
    syscalls: [
      { form: 'native', number: 0, name: 'read' },
      { form: 'native', number: 59, name: 'execve' },
    ],
    refusedSyscalls: [],
    socketFamilies: [],
    cloneFlags: 0,
    personalities: [],
    hasOtherPersonalities: false,
    capabilities: { used: [], refused: [] },
    devices: [],
    unseen: [],
    ...changes,
  };
}
