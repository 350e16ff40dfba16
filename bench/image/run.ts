import type { Party } from '../party.ts';
import { timed } from '../start/peers.ts';
import type { Workshop } from '../start/workshop.ts';
import { limits, podmanOn } from './podman.ts';
import { shell } from './repeated.ts';
import type { Shelf } from './shelf.ts';

/** A container of an image, from the cold command line until it is gone. */
export function runParties(workshop: Workshop, shelf: Shelf): Party[] {
  const ours = timed(workshop, {
    name: 'sc run --rm',
    argv: [shelf.launcher, 'run', '--rm', 'debian:bench', '/bin/true'],
    environment: { ...process.env, SC_ROOT: shelf.settings.root },
  });
  const podman = podmanOn(shelf);
  if (podman === undefined) return [ours];
  const [program = '', ...words] = podman.words;
  shell(`${podman.words.join(' ')} load -i '${shelf.archive}'`, podman.environment);
  const flags = ['run', '--rm', '--network', 'none', ...limits, 'localhost/debian:bench', '/bin/true'];
  const theirs = timed(workshop, {
    name: 'podman run --rm --network none',
    argv: [program, ...words, ...flags],
    environment: { ...process.env, ...podman.environment },
  });
  return [theirs, ours];
}
