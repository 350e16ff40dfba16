import { errnoName } from '../linux/libc.ts';
import { ignoreGone } from '../operations/recover.ts';
import type { Workplace } from '../operations/workplace.ts';
import { happening } from '../state/happened.ts';
import { complain } from './complaints.ts';

/** Tells whoever listens that the log of a container cannot be written, and why; 0 where it is written again. */
export function tellOfLog(place: Workplace, id: string, errno: number): void {
  const name = errno === 0 ? undefined : errnoName(errno);
  complain(`write the log of container "${id}"`, name ?? 'it is written again');
  void tell(place, id, name).catch((error: unknown) => complain('tell of it', error));
}

async function tell({ store }: Workplace, id: string, errno: string | undefined): Promise<void> {
  const state = await ignoreGone(store.find(id));
  if (state !== undefined)
    await store.tell(happening(state, 'logTrouble', errno === undefined ? {} : { errno }));
}
