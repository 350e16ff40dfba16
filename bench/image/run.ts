import type { Party } from '../party.ts';
import { timed } from '../start/peers.ts';
import type { Workshop } from '../start/workshop.ts';
import { dockerOn } from './docker.ts';
import { limits, podmanOn } from './podman.ts';
import { shell } from './repeated.ts';
import type { Shelf } from './shelf.ts';

/** A container of an image, from the cold command line until it is gone. */
export async function runParties(workshop: Workshop, shelf: Shelf): Promise<Party[]> {
  const ours = timed(workshop, {
    name: 'sc run --rm',
    argv: [shelf.launcher, 'run', '--rm', 'debian:bench', '/bin/true'],
    environment: { ...process.env, SC_ROOT: shelf.settings.root },
  });
  return [...podmanRun(workshop, shelf), ...(await dockerRun(workshop, shelf)), ours];
}

function podmanRun(workshop: Workshop, shelf: Shelf): Party[] {
  const podman = podmanOn(shelf);
  if (podman === undefined) return [];
  const [program = '', ...words] = podman.words;
  shell(`${podman.words.join(' ')} load -i '${shelf.archive}'`, podman.environment);
  const flags = ['run', '--rm', '--network', 'none', ...limits, 'localhost/debian:bench', '/bin/true'];
  const party = timed(workshop, {
    name: 'podman run --rm --network none',
    argv: [program, ...words, ...flags],
    environment: { ...process.env, ...podman.environment },
  });
  return [party];
}

async function dockerRun(workshop: Workshop, shelf: Shelf): Promise<Party[]> {
  const docker = await dockerOn(shelf);
  if (docker === undefined) return [];
  shell(`docker load -i '${shelf.archive}'`, docker.environment);
  const party = timed(workshop, {
    name: 'docker run --rm --network none',
    note: 'its daemon and containerd run already',
    argv: ['docker', 'run', '--rm', '--network', 'none', 'debian:bench', '/bin/true'],
    environment: { ...process.env, ...docker.environment },
  });
  return [{ ...party, end: () => party.end().finally(docker.end) }];
}
