import { type Docker, dockerOn } from '../image/docker.ts';
import { limits, podmanOn } from '../image/podman.ts';
import { repeated, shell } from '../image/repeated.ts';
import type { Party } from '../party.ts';
import type { Workshop } from '../start/workshop.ts';

const IMAGE = 'bench/idle';

/** Engines that start as many containers, one call each: the same program of an image of the same files. */
export async function loops(workshop: Workshop, size: number): Promise<Party[]> {
  const docker = await dockerOn(workshop);
  return [
    ...(docker === undefined ? [] : [dockerLoop(workshop, docker, size)]),
    ...podmanLoop(workshop, size),
  ];
}

function dockerLoop({ rootfs }: Workshop, { environment, end }: Docker, size: number): Party {
  shell(`tar -C '${rootfs}' -c . | docker import - ${IMAGE}`, environment);
  return repeated({
    name: 'docker run -d in a loop',
    note: 'its daemon and containerd run already',
    once: () => shell(loop(size, `docker run -d --network none ${IMAGE} /pause`), environment),
    between: () => shell('docker ps --all --quiet | xargs --no-run-if-empty docker rm --force', environment),
    end,
  });
}

function podmanLoop(workshop: Workshop, size: number): Party[] {
  const podman = podmanOn(workshop);
  if (podman === undefined) return [];
  const words = podman.words.join(' ');
  const { environment } = podman;
  shell(`tar -C '${workshop.rootfs}' -c . | ${words} import - ${IMAGE}`, environment);
  const run = `${words} run -d --network none ${limits.join(' ')} ${IMAGE} /pause`;
  const party = repeated({
    name: 'podman run -d in a loop',
    once: () => shell(loop(size, run), environment),
    between: () => shell(`${words} rm --all --force --time 0`, environment),
  });
  return [party];
}

function loop(size: number, line: string): string {
  return `for each in $(seq ${size}); do ${line}; done`;
}
