import { during } from '../errors/reason.ts';
import type { Durability } from '../linux/atomic-file.ts';
import type { ExitStatus } from '../schema/container-state.ts';
import type { Catalogue } from './catalogue.ts';
import { ended, happening } from './happened.ts';
import type { Journal } from './journal.ts';
import { locked } from './record-lock.ts';

export interface Removal extends Partial<Durability> {
  /** How it has ended, where its record does not say so. */
  exit?: ExitStatus;
}

/** Removes all that is known of a container, and tells of it; see Store.remove. */
export async function removeContainer(
  catalogue: Catalogue,
  journal: Journal,
  id: string,
  { durable = true, exit }: Removal,
): Promise<void> {
  if (!catalogue.has(id)) return;
  const { containers } = catalogue;
  const { discard, emptyRemoved } = await import('../linux/removed.ts');
  const withdraw = async () => {
    const state = catalogue.readable(id);
    // Who waits for the end has to hear of it before there is nothing left to look at.
    if (state !== undefined && state.status !== 'stopped' && exit !== undefined)
      await journal.append([ended({ ...state, exit })]);
    await catalogue.withdraw(id, discard);
    await journal.append([happening(state ?? { id, name: id }, 'deleted')]);
  };
  await during('SC_SYSTEM_CALL', `remove container "${id}"`, async () => {
    // Whoever changes the record at the same time has done so before it goes, or finds none.
    await locked(containers, async () => {
      if (catalogue.has(id)) await locked(catalogue.directory(id), withdraw);
    });
    if (durable) catalogue.sync();
    await emptyRemoved(containers, id);
  });
}
